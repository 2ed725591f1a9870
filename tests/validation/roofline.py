"""What fraction of the machine's limit does the engine reach? `roofline.py CAUDATE [NET ...]` prints the tables of docs/roofline.md.

First, in the root of the repository and with nothing else on the machine: `cargo bench -p caudate-core --bench machine`, which leaves its
results in target/criterion. The limit of a network is the time that its neuron updates, synaptic events and draws would take at the rates of
those kernels, one thread, one after the other. Of a kernel the best sample counts, of a network the median.
"""
import argparse
import glob
import json
import math
import os

import sitting

CRITERION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "target", "criterion")
POTENTIAL, BOTH = "step/potential", "step/current-and-potential"
BITS, TARGETS, SYNAPSES = "deliver/bits", "deliver/targets", "deliver/synapses"
OF_SYNAPSES, FROM_STREAMS = "draw/of-synapses", "draw/from-streams"
# How a neuron steps, and how its synapses lie.
NETS = {
    "adc": (POTENTIAL, BITS), "cuba": (BOTH, TARGETS), "stdp": (POTENTIAL, SYNAPSES), "dastdp": (POTENTIAL, SYNAPSES),
    "sparse": (POTENTIAL, TARGETS), "loihi": (POTENTIAL, BITS),
}
# Of a row of bits, one in ten is a synapse.
DENSITY = 0.1
BYTES_PER_SYNAPSE = {BITS: 1 / 8 / DENSITY, TARGETS: 2, SYNAPSES: 4}
# `stdp` and `dastdp`: the share of synapses that learn, of neurons with a trace on either side, and the steps between two sweeps.
PLASTIC, TRACED, SWEEP_STEPS = 1 / 1.55, 0.8, 64


def read_rates(folder):
    """Per second, by kernel and size."""
    rates = {}
    for path in sorted(glob.glob(os.path.join(folder, "*", "*", "*", "new", "benchmark.json"))):
        with open(path) as file:
            kernel = json.load(file)
        with open(os.path.join(os.path.dirname(path), "sample.json")) as file:
            sample = json.load(file)
        best_ns = min(time / count for time, count in zip(sample["times"], sample["iters"]))
        (amount,) = kernel["throughput"].values()
        rates.setdefault(f"{kernel['group_id']}/{kernel['function_id']}", {})[int(kernel["value_str"])] = amount / best_ns * 1e9
    return rates


def nearest(by_size, size):
    """The rate at the measured size that is nearest in proportion."""
    return by_size[min(by_size, key=lambda own: abs(math.log(own / size)))]


def limit(net, run, rates):
    """Seconds that neurons, delivery and learning take at least."""
    step, form = NETS[net]
    deliver = nearest(rates[form], run["synapses"] * BYTES_PER_SYNAPSE[form])
    if form == BITS:
        deliver *= DENSITY
    learning = 0
    if net in ("stdp", "dastdp"):
        (of_synapses,), (from_streams,) = rates[OF_SYNAPSES].values(), rates[FROM_STREAMS].values()
        plastic = PLASTIC * run["synapses"]
        # A spike meets the synapses of its row and of its column.
        met = 2 * plastic * run["spikes"] / run["neurons"]
        learning = 2 * TRACED * run["neurons"] * run["steps"] / from_streams
        if net == "stdp":
            learning += met / of_synapses
        else:
            learning += met / deliver + plastic * run["steps"] / SWEEP_STEPS * (1 / of_synapses + 1 / from_streams)
    return run["neuron_updates"] / nearest(rates[step], run["neurons"]), run["synaptic_events"] / deliver, learning


def sizes_text(kernel, sizes):
    """In the unit of the kernel."""
    if kernel.startswith("draw"):
        return ""
    if kernel.startswith("step"):
        return " / ".join(f"{size:,}" for size in sizes) + " neurons"
    return " / ".join(f"{size >> 20} MiB" if size >> 20 else f"{size >> 10} KiB" for size in sizes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("caudate", help="the program to measure")
    parser.add_argument("nets", nargs="*", metavar="NET", help=f"of {', '.join(NETS)}; all without")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each network")
    parser.add_argument("--criterion", default=CRITERION, metavar="FOLDER", help="where the kernels left their results")
    arguments = parser.parse_intermixed_args()
    if unknown := set(arguments.nets) - set(NETS):
        parser.error(f"no such network: {', '.join(sorted(unknown))}; there are {', '.join(NETS)}")
    rates = read_rates(arguments.criterion)
    if missing := {POTENTIAL, BOTH, BITS, TARGETS, SYNAPSES, OF_SYNAPSES, FROM_STREAMS} - set(rates):
        parser.error(f"{arguments.criterion} has no results of {', '.join(sorted(missing))}: run `cargo bench -p caudate-core --bench machine`")
    runs = sitting.measure(arguments.caudate, arguments.nets or NETS, arguments.repeats)
    print(f"{sitting.machine(arguments.caudate)}; median of {arguments.repeats}\n")
    print("| kernel | sizes | 10^9 per second |\n|---|---|---|")
    for kernel, by_size in rates.items():
        sizes = sorted(by_size)
        print(f"| `{kernel}` | {sizes_text(kernel, sizes)} | {' / '.join(f'{by_size[size] / 1e9:.2f}' for size in sizes)} |")
    print("\n| net | neurons | delivery | learning | limit | `caudate bench` | of the limit |\n|---|---|---|---|---|---|---|")
    for net, run in runs.items():
        parts = limit(net, run, rates)
        times = " | ".join(f"{seconds:.4f} s" for seconds in (*parts, sum(parts), run["wall_s"]))
        print(f"| `{net}` | {times} | {sum(parts) / run['wall_s']:.0%} |")


if __name__ == "__main__":
    main()
