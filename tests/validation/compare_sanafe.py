"""Caudate and SANA-FE 2.2.9 in one sitting: `compare_sanafe.py CAUDATE [REPEATS]`. Prints the table of docs/validation.md.

Needs `sanafe==2.2.9` and numpy. Both tools run in processes of their own, in turn; medians of times, peaks of memory. Wall time is
that of the simulation alone in both (Caudate: `run_seconds` of timing.json). CPU time is the fairer figure on a busy machine: that of the
simulation alone for SANA-FE; for Caudate that of the whole process, less that of one that stops after the first step.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import net_l
import random_networks

NETWORKS = [  # cores, cells per core, fan-out, mean period in steps, seed, steps
    (1, 64, 20, 20, 1, 400), (16, 64, 40, 10, 2, 60), (64, 64, 40, 10, 3, 30), (128, 64, 40, 10, 4, 20), (128, 64, 60, 5, 5, 10),
]
NET_L = (2,)  # one core of cells, one of inputs
PEER = "peer"


def made(network):
    return net_l.make() if network == NET_L else random_networks.make(*network[:5])


def steps_of(network):
    return net_l.STEPS if network == NET_L else network[5]


def peer(network):
    """Runs SANA-FE in this process and prints what it took."""
    net = made(network)
    chip = (net_l if network == NET_L else random_networks).sanafe_chip(net)
    start, cpu = time.perf_counter(), time.process_time()
    run = chip.sim(steps_of(network), timing_model="detailed", processing_threads=1)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    energy = {part: run["energy"][part] for part in ("total", "synapse", "soma", "network")}
    inputs = int(net["spikes"].sum()) if network == NET_L else 0
    print(json.dumps(dict(wall=wall, cpu=cpu, seconds=run["sim_time"], energy=energy, packets=run["packets_sent"], events=run["spikes"],
                          fired=run["neurons_fired"], updated=run["neurons_updated"], inputs=inputs,
                          memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)))


def measured(command):
    """Standard output, peak memory in KiB, and CPU seconds."""
    run = subprocess.run(["/usr/bin/env", "python3", "-c", (
        "import resource, subprocess, sys\n"
        "run = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_maxrss)\nprint(used.ru_utime + used.ru_stime)\nprint(run.stdout)"), *command],
        capture_output=True, text=True, check=True)
    memory, cpu, out = run.stdout.split("\n", 2)
    return out, int(memory), float(cpu)


def difference(summary, record):
    """Counts and energies of network L in both: how far apart, per event and in number. Its inputs cost a sending there, nothing here."""
    inputs = record["inputs"]
    costs = summary["costs"][0]["energy_fj"]
    rows = [
        ("synaptic events", summary["synaptic_events"], record["events"], costs["synapse"], record["energy"]["synapse"]),
        ("packets between cells", summary["packets"] - summary["input_packets"], record["packets"] - inputs, costs["network"],
         record["energy"]["network"] - inputs * 111e-12),
        ("spikes", summary["spikes"], record["fired"] - inputs, costs["spike"], (record["fired"] - inputs) * 69.3e-12),
        ("neuron updates", summary["neuron_updates"], record["updated"] - inputs,
         costs["neuron"] - summary["neuron_accesses"] * 51_200,
         record["energy"]["soma"] - summary["neuron_accesses"] * 51.2e-12 - (record["fired"] - inputs) * 69.3e-12),
    ]
    print("\n| network L | ours | theirs | difference | pJ per event, ours | theirs |")
    for name, ours, theirs, ours_fj, theirs_joules in rows:
        print(f"| {name} | {ours:,} | {theirs:,} | {ours / theirs - 1:+.4%} | {ours_fj * 1e-3 / ours:.6f} | {theirs_joules * 1e12 / theirs:.6f} |")
        assert abs(ours / theirs - 1) < 1e-3, name
        assert abs(ours_fj * 1e-15 / ours / (theirs_joules / theirs) - 1) < 1e-9, name


def main():
    if sys.argv[1] == PEER:
        peer(tuple(int(argument) for argument in sys.argv[2:]))
        return
    caudate, repeats = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print("| network | cores | packets | hops | detailed, ours / theirs | energy | wall, ours | theirs | ratio "
          "| CPU, ours | theirs | ratio | per packet-hop | memory |")
    for network in (*NETWORKS, NET_L):
        is_l = network == NET_L
        with tempfile.TemporaryDirectory() as folder:
            module = net_l if is_l else random_networks
            module.write_caudate(made(network), folder)
            image, out = os.path.join(folder, "i.caudate"), os.path.join(folder, "out")
            subprocess.run([caudate, "compile", f"{folder}/network.toml", "--chip", f"{folder}/chip.toml", "--partitioner", "fill-in-order",
                            "--placer", "row-by-row", "-o", image],
                           check=True, stdout=subprocess.DEVNULL)
            command = [caudate, "simulate", image, "--steps", str(steps_of(network)), "--out", out, "--cost", "loihi1-nahuku-fit", "--json"]
            if is_l:
                command += ["--stimulus", f"{folder}/stimulus.npz"]
            ours, theirs, plain, memory, cpu, cpu_theirs = [], [], [], [0, 0], [], []
            first_step = [part if part != str(steps_of(network)) else "1" for part in command]
            for _ in range(repeats):
                measured([*command, "--timing", "analytic"])
                plain.append(json.load(open(f"{out}/timing.json"))["run_seconds"])
                _, _, loading = measured([*first_step, "--timing", "detailed"])
                text, peak, all_of_it = measured([*command, "--timing", "detailed"])
                cpu.append(all_of_it - loading)
                summary = json.loads(text)
                ours.append(json.load(open(f"{out}/timing.json"))["run_seconds"])
                memory[0] = max(memory[0], peak)
                run = subprocess.run([sys.executable, __file__, PEER, *map(str, network)], capture_output=True, text=True, check=True)
                record = json.loads(run.stdout.strip().splitlines()[-1])
                theirs.append(record["wall"])
                cpu_theirs.append(record["cpu"])
                memory[1] = max(memory[1], record["memory"])
            if not is_l:
                assert summary["packets"] == record["packets"] and summary["synaptic_events"] == record["events"]
            a, b, c, d, e = (statistics.median(values) for values in (ours, theirs, plain, cpu, cpu_theirs))
            hops = summary["hops"] + summary["packets"]
            print(f"| {'L' if is_l else 'random'} | {network[0]} | {summary['packets']} | {summary['hops']} "
                  f"| {summary['time_ps'] * 1e-12 / record['seconds']:.3f} "
                  f"| {summary['energy_pj'] * 1e-12 / record['energy']['total'] - 1:.0e} | {a * 1e3:.1f} ms | {b * 1e3:.0f} ms | {b / a:.0f} x | {d * 1e3:.0f} ms | {e * 1e3:.0f} ms | {e / d:.0f} x "
                  f"| {(a - c) / hops * 1e9:.0f} ns | {memory[0] / 1024:.0f} of {memory[1] / 1024:.0f} MiB |", flush=True)
    difference(summary, record)


main()
