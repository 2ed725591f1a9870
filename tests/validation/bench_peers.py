"""All nets of `caudate bench` and the peers at hand, in turn and in one sitting: `bench_peers.py CAUDATE [REPEATS] [--brian PYTHON]`.

Prints the table of docs/performance.md: medians. PYTHON is that of an environment with Brian2; without it there are no peers. Nothing else
should run on the machine; the load is printed with the table.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess

NETS = [["adc"], ["adc", "--threads", "2"], ["cuba"], ["cuba-nmx"], ["stdp"], ["dastdp"], ["sparse"], ["sparse", "--rate", "0.01"],
        ["sparse", "--rate", "0.005"], ["loihi"]]
BRIAN = {"adc": "adc", "cuba-nmx": "cuba", "stdp": "stdp"}


def run(command):
    """The JSON object that a command prints last; nothing where it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return json.loads(done.stdout[done.stdout.index("{"):done.stdout.rindex("}") + 1])


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("caudate")
    parser.add_argument("repeats", nargs="?", type=int, default=5)
    parser.add_argument("--brian", help="the Python of an environment with Brian2")
    arguments = parser.parse_args()
    ours, theirs = {}, {}
    for _ in range(arguments.repeats):
        for net in NETS:
            measured = run([arguments.caudate, "bench", *net, "--json"])
            if measured:
                ours.setdefault(" ".join(net), []).append(measured)
        for net, name in BRIAN.items() if arguments.brian else ():
            script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "brian_networks.py")
            measured = run([arguments.brian, script, name, "1000"])
            if measured:
                theirs.setdefault(net, []).append(measured)
    version = subprocess.run([arguments.caudate, "--version"], capture_output=True, text=True).stdout.strip()
    print(f"{version}, {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[1]:.1f}, median of {arguments.repeats}\n")
    print("| net | wall | events/s | rate | set-up | bytes per synapse | peer | wall | CPU | rate |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for net, runs in ours.items():
        assert len({one["checksum"] for one in runs}) == 1, net
        row = (f"| `{net}` | {median(runs, 'wall_s'):.4f} s | {median(runs, 'events_per_s') / 1e6:.0f} M | {runs[0]['rate_hz']:.1f} Hz "
               f"| {median(runs, 'setup_s'):.2f} s | {median(runs, 'bytes_per_synapse'):.2f} |")
        peers = theirs.get(net)
        row += (f" {peers[0]['tool']} | {median(peers, 'wall_s'):.3f} s | {median(peers, 'cpu_s'):.3f} s | {median(peers, 'rate_hz'):.1f} Hz |"
                if peers else " | | | |")
        print(row)


main()
