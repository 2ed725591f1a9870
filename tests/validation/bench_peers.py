"""All nets of `caudate bench` and the tools one would use instead, in one sitting: `bench_peers.py CAUDATE [--venvs FOLDER] [NET ...]`.

Prints the tables of docs/performance.md: medians, with versions and commands. Nothing else should run on the machine; its load is printed
before and after. FOLDER holds virtual environments of the peers, since no two agree on one numpy; those that are not there are left out:

    brian    pip install brian2==2.9.0 "numpy<2.4"                  and a C++ compiler
    nest     pip install nest-simulator==3.10.0
    b2l      pip install brian2-loihi==0.5.2 brian2==2.9.0 "numpy<2"
    sanafe   pip install sanafe==2.2.9 numpy

A peer runs right after the networks that it is compared with. All takes less than ten minutes on two free processors.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

import sitting

FOLDER = os.path.dirname(os.path.abspath(__file__))
# Networks of ours, the first of which is compared with these: environment, script and its arguments (network, model time in ms, repeats).
GROUPS = {
    "adc": (["adc", "adc --threads 2"], ["brian brian_networks.py adc 1000 3", "nest nest_networks.py adc 200 3"]),
    "cuba": (["cuba", "cuba-nmx"], ["brian brian_networks.py cuba 1000 3", "nest nest_networks.py cuba 1000 3"]),
    "stdp": (["stdp"], ["brian brian_networks.py stdp 1000 3", "nest nest_networks.py stdp 200 3"]),
    "dastdp": (["dastdp"], ["nest nest_networks.py dastdp 50 3"]),
    "sparse": (["sparse", "sparse --rate 0.01", "sparse --rate 0.005"],
               ["brian brian_networks.py sparse 1000 3", "nest nest_networks.py sparse 200 3"]),
    "loihi": (["loihi"], ["b2l loihi_peers.py brian2-loihi 3", "sanafe loihi_peers.py simple 3", "sanafe loihi_peers.py detailed 3"]),
}


def measure_peer(venvs, command):
    """What a peer measured: the object on the last line that holds one. None, with a word on standard error, where there is no such tool."""
    environment, script, *arguments = command.split()
    python = os.path.join(venvs, environment, "bin", "python")
    if not os.path.exists(python):
        print(f"{python} is not there: without {command}", file=sys.stderr)
        return None
    done = subprocess.run([python, os.path.join(FOLDER, script), *arguments], capture_output=True, text=True)
    objects = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not objects:
        print(f"{command} failed: {done.stderr[-500:]}", file=sys.stderr)
        return None
    return json.loads(objects[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("caudate", help="the program to measure")
    parser.add_argument("nets", nargs="*", metavar="NET", help=f"of {', '.join(GROUPS)}; all without")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each network of ours")
    parser.add_argument("--venvs", default="venvs", metavar="FOLDER", help="virtual environments of the peers")
    arguments = parser.parse_intermixed_args()
    if unknown := set(arguments.nets) - set(GROUPS):
        parser.error(f"no such network: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    print(sitting.machine(arguments.caudate), end="\n\n")
    ours, peers = {}, []
    for name in arguments.nets or GROUPS:
        nets, commands = GROUPS[name]
        ours |= sitting.measure(arguments.caudate, nets, arguments.repeats)
        peers += [(name, command, found) for command in commands if (found := measure_peer(arguments.venvs, command))]

    print(f"`caudate bench NET --json`, median of {arguments.repeats}:\n")
    print("| net | wall | events/s | rate | set-up | resident bytes per synapse |\n|---|---|---|---|---|---|")
    for net, run in ours.items():
        print(f"| `{net}` | {run['wall_s']:.4f} s | {run['events_per_s'] / 1e6:,.0f} M | {run['rate_hz']:.1f} Hz | {run['setup_s']:.2f} s "
              f"| {run['bytes_per_synapse']:.2f} |")
    print("\nPeers, median per second of model time (1,000 steps of `loihi`):\n")
    print("| net | peer | wall | CPU | rate | times `caudate bench` | command, in `tests/validation` |\n|---|---|---|---|---|---|---|")
    for net, command, found in peers:
        wall, cpu = (statistics.median(found[key]) / found["model_s"] for key in ("wall_s", "cpu_s"))
        print(f"| `{net}` | {found['tool']} | {wall:.3f} s | {cpu:.3f} s | {found['rate_hz']:.1f} Hz | {wall / ours[net]['wall_s']:.0f} "
              f"| `{command.split(' ', 1)[1]}` |")
    print(f"\nAfterwards: {sitting.machine(arguments.caudate).rsplit('; ', 1)[1]}.")


if __name__ == "__main__":
    main()
