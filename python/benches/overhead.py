"""What Python adds to a run of 10^5 steps: calls of 100 steps against one call, and against the command line.

    python python/benches/overhead.py [COMMAND]

Prints wall time, the smallest of several runs taken in turn, and its ratio; and the ratio of processor time, in which other work on the
machine does not count. COMMAND is the `caudate` binary of the same build; of it, the wall time of the steps alone.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import caudate

STEPS, CHUNK, RUNS = 100_000, 100, 5
NETS = {"small": (16, 0.02), "middle": (256, 0.02), "large": (2048, 0.01)}


def build(neurons):
    network = caudate.Network("bench")
    network.add_input("in", 64)
    network.add_population("cells", neurons, current_tau_steps=4, voltage_tau_steps=16, threshold_mantissa=400)
    network.add_projection("in", "cells", 60, {"rule": "fixed-probability", "probability": 0.2})
    network.add_projection("cells", "cells", -5, {"rule": "fixed-probability", "probability": min(1, 20 / neurons)})
    return network.compile("loihi1")


def seconds(work):
    """Wall and processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def measure(image, rate, command, folder):
    t, i = np.nonzero(np.random.default_rng(1).random((STEPS, 64)) < rate)
    cuts = np.searchsorted(t, np.arange(0, STEPS + CHUNK, CHUNK))
    chunks = [(t[a:b] - n * CHUNK, i[a:b]) for n, (a, b) in enumerate(zip(cuts, cuts[1:]))]

    def whole():
        caudate.Simulation(image).step(STEPS, spikes={"in": (t, i)})

    def chunked():
        simulation = caudate.Simulation(image)
        for spikes in chunks:
            simulation.step(CHUNK, spikes={"in": spikes})["cells"]

    def cli():
        subprocess.run([command, "simulate", folder / "image", "--stimulus", folder / "in.npz", "--steps", str(STEPS),
                        "--out", folder / "out", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        return json.loads((folder / "out" / "timing.json").read_text())["run_seconds"]

    image.save(folder / "image")
    np.savez(folder / "in.npz", **{"in.t": t, "in.i": i})
    times = [(*seconds(whole), *seconds(chunked), cli() if command else np.nan) for _ in range(RUNS)]
    return np.min(times, axis=0)


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else None
    for name, (neurons, rate) in NETS.items():
        with tempfile.TemporaryDirectory() as folder:
            whole, whole_cpu, chunked, chunked_cpu, cli = measure(build(neurons), rate, command, Path(folder))
        print(f"{name}: {neurons} neurons, {STEPS} steps: one call {whole:.3f} s, calls of {CHUNK} steps {chunked:.3f} s "
              f"(ratio {chunked / whole:.3f}, of processor time {chunked_cpu / whole_cpu:.3f}), command line {cli:.3f} s "
              f"(ratio {chunked / cli:.3f})")


if __name__ == "__main__":
    main()
