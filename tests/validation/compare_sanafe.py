"""Caudate and SANA-FE 2.2.9 in one sitting: `compare_sanafe.py CAUDATE [REPEATS]`. Prints the table of docs/validation.md.

Needs `sanafe==2.2.9` and numpy. Both tools run in processes of their own, in turn; medians of wall time, peaks of memory. Wall time is
that of the simulation alone in both (Caudate: `run_seconds` of timing.json).
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import random_networks

NETWORKS = [  # cores, cells per core, fan-out, mean period in steps, seed, steps
    (1, 64, 20, 20, 1, 400), (16, 64, 40, 10, 2, 60), (64, 64, 40, 10, 3, 30), (128, 64, 40, 10, 4, 20), (128, 64, 60, 5, 5, 10),
]
PEER = "peer"


def peer(arguments):
    """Runs SANA-FE in this process and prints what it took."""
    chip = random_networks.sanafe_chip(random_networks.make(*arguments[:5]))
    start = time.perf_counter()
    run = chip.sim(arguments[5], timing_model="detailed", processing_threads=1)
    wall = time.perf_counter() - start
    print(json.dumps(dict(wall=wall, seconds=run["sim_time"], energy=run["energy"]["total"], packets=run["packets_sent"],
                          events=run["spikes"], memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)))


def measured(command):
    """Last line of standard output, and peak memory in KiB."""
    run = subprocess.run(["/usr/bin/env", "python3", "-c", (
        "import resource, subprocess, sys\n"
        "run = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\nprint(run.stdout)"), *command],
        capture_output=True, text=True, check=True)
    memory, out = run.stdout.split("\n", 1)
    return out, int(memory)


def main():
    if sys.argv[1] == PEER:
        peer([int(argument) for argument in sys.argv[2:]])
        return
    caudate, repeats = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print("| cores | packets | hops | detailed, ours / theirs | energy | wall, ours | theirs | ratio | per packet-hop | memory |")
    for network in NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            random_networks.write_caudate(random_networks.make(*network[:5]), folder)
            image, out = os.path.join(folder, "i.caudate"), os.path.join(folder, "out")
            subprocess.run([caudate, "compile", f"{folder}/network.toml", "--chip", f"{folder}/chip.toml", "--partitioner", "fill-in-order",
                            "--placer", "row-by-row", "-o", image],
                           check=True, stdout=subprocess.DEVNULL)
            ours, theirs, plain, memory = [], [], [], [0, 0]
            for _ in range(repeats):
                command = [caudate, "simulate", image, "--steps", str(network[5]), "--out", out, "--cost", "loihi1-nahuku-fit", "--json"]
                text, _ = measured([*command, "--timing", "analytic"])
                plain.append(json.load(open(f"{out}/timing.json"))["run_seconds"])
                text, peak = measured([*command, "--timing", "detailed"])
                summary = json.loads(text)
                ours.append(json.load(open(f"{out}/timing.json"))["run_seconds"])
                memory[0] = max(memory[0], peak)
                run = subprocess.run([sys.executable, __file__, PEER, *map(str, network)], capture_output=True, text=True, check=True)
                record = json.loads(run.stdout.strip().splitlines()[-1])
                theirs.append(record["wall"])
                memory[1] = max(memory[1], record["memory"])
            assert summary["packets"] == record["packets"] and summary["synaptic_events"] == record["events"]
            a, b, c = (statistics.median(values) for values in (ours, theirs, plain))
            hops = summary["hops"] + summary["packets"]
            print(f"| {network[0]} | {summary['packets']} | {summary['hops']} | {summary['time_ps'] * 1e-12 / record['seconds']:.3f} "
                  f"| {summary['energy_pj'] * 1e-12 / record['energy'] - 1:.0e} | {a * 1e3:.1f} ms | {b * 1e3:.0f} ms | {b / a:.0f} x "
                  f"| {(a - c) / hops * 1e9:.0f} ns | {memory[0] / 1024:.0f} of {memory[1] / 1024:.0f} MiB |", flush=True)


main()
