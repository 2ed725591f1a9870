#!/usr/bin/env python3
"""Partition every network of a folder and print a table against a reference: cores, traffic, hops, seconds, memory.

usage: table.py CAUDATE FOLDER SCORE.py REFERENCE.csv [NETWORK ...]

Every figure of ours but time and memory comes from SCORE.py. `ref` is the row `mtk_d` of the reference, in parentheses if it breaks
a limit; `in order` is the partitioner fill-in-order. Needs numpy for SCORE.py.
"""
import csv, json, os, subprocess, sys, tempfile, time


def run(command):
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    return os.waitstatus_to_exitcode(status), error, time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def scored(caudate, score, network, *options):
    with tempfile.TemporaryDirectory() as folder:
        part = os.path.join(folder, "part.npz")
        code, error, seconds, cpu, memory = run([caudate, "partition", network, "-o", part, *options])
        if code:
            return None, error.splitlines()[:1], seconds, cpu, memory
        text = subprocess.run([sys.executable, score, network, part], capture_output=True, text=True, check=True).stdout
        return json.loads(text), None, seconds, cpu, memory


def main():
    caudate, folder, score, reference, *names = sys.argv[1:]
    with open(reference) as rows:
        known = {row["net"]: row for row in csv.DictReader(rows) if row["algo"] == "mtk_d" and row["profile"] == "loihi1"}
    names = names or sorted(name[:-5] for name in os.listdir(folder) if name.endswith(".json"))
    print("| network | cores | traffic | hops | feasible | s | CPU s | MiB | in order: cores / traffic | ref: cores / traffic / s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in names:
        network = os.path.join(folder, name + ".json")
        ours, error, seconds, cpu, memory = scored(caudate, score, network)
        filled, _, *_ = scored(caudate, score, network, "--partitioner", "fill-in-order", "--placer", "row-by-row")
        row = known.get(name)
        ref = "-" if row is None else f"{row['k']} / {float(row['traffic_total']):.0f} / {row['t_part_s']}"
        ref = ref if row is None or row["feasible"] == "yes" else f"({ref})"
        in_order = "none" if filled is None else f"{filled['cores']} / {filled['traffic_total']:.0f}"
        figures = f"{ours['cores']} | {ours['traffic_total']:.0f} | {ours['hops']:.0f} | {'yes' if ours['feasible'] else 'no'}" if ours else f"- | - | - | {error}"
        print(f"| {name} | {figures} | {seconds:.1f} | {cpu:.1f} | {memory:.0f} | {in_order} | {ref} |", flush=True)


main()
