"""The benchmark networks that Brian2 has too, as C++: `brian_networks.py NET MS [REPEATS]` runs 100 ms and then MS, REPEATS times from the
start, and prints one JSON object.

Needs `brian2==2.9.0` and a C++ compiler. Wall time is that of MS alone; CPU time is the process's share of it. In `sparse` a cell is made to
spike, as an input of Caudate does.
"""
import json
import resource
import shutil
import sys
import tempfile
import time

import brian2 as b
from brian2 import ms

WARM_UP = 100 * ms


def cells(count, drive, name):
    """Leaky cells with instantaneous synapses that a constant drive would bring to `drive`, in mV."""
    group = b.NeuronGroup(count, f"dv/dt = ({drive} - v) / (20*ms) : 1 (unless refractory)", threshold="v > 20", reset="v = 0",
                          refractory=2 * ms, method="exact", name=name)
    group.v = "20 * rand()"
    return group


def connected(source, target, probability, jump, delay=1.5 * ms):
    synapses = b.Synapses(source, target, on_pre=f"v_post += {jump!r} * int(not_refractory_post)", delay=delay)
    synapses.connect(p=probability)
    return synapses


def adc():
    group = cells(10_000, 40, "cells")
    return group, [connected(group[:8000], group, 0.1, 0.1), connected(group[8000:], group, 0.1, -0.5)]


def cuba():
    equations = """dv/dt = (ge + gi - (v + 49)) / (20*ms) : 1 (unless refractory)
                   dge/dt = -ge / (5*ms) : 1
                   dgi/dt = -gi / (10*ms) : 1"""
    group = b.NeuronGroup(4000, equations, threshold="v > -50", reset="v = -60", refractory=5 * ms, method="exact", name="cells")
    group.v = "-60 + 10 * rand()"
    excitation = b.Synapses(group[:3200], group, on_pre="ge += 1.62")
    inhibition = b.Synapses(group[3200:], group, on_pre="gi -= 9")
    for synapses in (excitation, inhibition):
        synapses.connect(p=0.02)
    return group, [excitation, inhibition]


def stdp():
    group = cells(5000, 36, "cells")
    traces = """w : 1
                dx/dt = -x / (20*ms) : 1 (event-driven)
                dy/dt = -y / (20*ms) : 1 (event-driven)"""
    learning = b.Synapses(group[:4000], group[:4000], traces, delay=1.5 * ms, on_post="y += 8e-5\nw = clip(w + x, 0, 0.8)",
                          on_pre="v_post += w * int(not_refractory_post)\nx += 8e-5\nw = clip(w - 1.05 * y, 0, 0.8)")
    learning.connect(p=1 / 16)
    learning.w = 0.4
    return group, [learning, connected(group[:4000], group[4000:], 1 / 16, 0.4), connected(group[4000:], group, 0.06, -2.0)]


def sparse():
    group = b.NeuronGroup(100_000, "dv/dt = -v / (20*ms) : 1 (unless refractory)", threshold="v > 20 or rand() < 0.0005", reset="v = 0",
                          refractory=2 * ms, method="exact", name="cells")
    synapses = b.Synapses(group, group, on_pre="v_post += 0.5 * int(not_refractory_post)", delay=2 * ms)
    synapses.connect(j="k for k in sample(N_post, size=100)")
    return group, [synapses]


NETWORKS = {"adc": adc, "cuba": cuba, "stdp": stdp, "sparse": sparse}


def main(name, milliseconds, repeats=3):
    folder = tempfile.mkdtemp()
    try:
        b.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-ffast-math", "-fno-finite-math-only", "-march=native"]
        b.set_device("cpp_standalone", build_on_run=False, directory=folder)
        b.seed(1)
        b.defaultclock.dt = (1 if name == "sparse" else 0.1) * ms
        group, synapses = NETWORKS[name]()
        spikes = b.SpikeMonitor(group, record=False)
        network = b.Network(group, *synapses, spikes)
        network.run(WARM_UP)
        network.run(milliseconds * ms)
        b.device.build(compile=True, run=False, directory=folder)
        walls, cpus = [], []
        for _ in range(repeats):
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            b.device.run(directory=folder, with_output=False)
            whole, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            walls.append(b.device._last_run_time)
            cpus.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * walls[-1] / whole)
        rate = spikes.num_spikes / len(group) / (0.1 + milliseconds / 1000)
        print(json.dumps(dict(tool=f"Brian2 {b.__version__} C++", model_s=milliseconds / 1000, wall_s=walls, cpu_s=cpus, rate_hz=rate)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), *map(int, sys.argv[3:]))
