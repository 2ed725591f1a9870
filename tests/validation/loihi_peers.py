"""Network L in tools that are made for Loihi: `loihi_peers.py brian2-loihi|simple|detailed [REPEATS]` prints one JSON object.

Needs `brian2-loihi==0.5.2 brian2==2.9.0 "numpy<2"`, or `sanafe==2.2.9` for its two models of time, `simple` and `detailed`. The network is that
of `net_l.py`, 1,000 steps. Wall and CPU time are those of the simulation alone.
"""
import importlib.metadata
import json
import sys
import time

import numpy as np

import net_l


def timed(run):
    """Wall and CPU seconds of a call, and what it returns."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def sanafe(timing_model):
    net = net_l.make()
    chip = net_l.sanafe_chip(net)
    wall, cpu, ran = timed(lambda: chip.sim(net_l.STEPS, timing_model=timing_model, processing_threads=1))
    return wall, cpu, ran["neurons_fired"] - int(net["spikes"].sum())


def brian2_loihi():
    import brian2
    import brian2_loihi as loihi

    brian2.prefs.codegen.target = "numpy"
    net = net_l.make()
    cells = loihi.LoihiNeuronGroup(net_l.CELLS, refractory=1, threshold_v_mant=net_l.THRESHOLD, decay_v=205, decay_I=4096)
    member, step = np.nonzero(net["spikes"])
    inputs = loihi.LoihiSpikeGeneratorGroup(net_l.INPUTS, member, step + 1)
    modes, is_excitatory = loihi.synapse_sign_mode, net["weight"] > 0
    parts = [cells, inputs, loihi.LoihiSpikeMonitor(cells)]
    for source, mode, pre, post, weight in (
        (cells, modes.EXCITATORY, net["pre"][is_excitatory], net["post"][is_excitatory], 4),
        (cells, modes.INHIBITORY, net["pre"][~is_excitatory], net["post"][~is_excitatory], -20),
        (inputs, modes.EXCITATORY, net["input_pre"], net["input_post"], 60),
    ):
        synapses = loihi.LoihiSynapses(source, cells, sign_mode=mode)
        synapses.connect(i=pre, j=post)
        synapses.w = weight
        parts.append(synapses)
    network = loihi.LoihiNetwork()
    network.add(*parts)
    # What is made before the first step is not timed; the two steps that make it are added in proportion.
    network.run(2)
    wall, cpu, _ = timed(lambda: network.run(net_l.STEPS - 2))
    share = net_l.STEPS / (net_l.STEPS - 2)
    return wall * share, cpu * share, int(parts[2].num_spikes)


def main(tool, repeats=3):
    run, package, name = {
        "brian2-loihi": (brian2_loihi, "brian2-loihi", "brian2-loihi"),
        "simple": (lambda: sanafe("simple"), "sanafe", "SANA-FE, simple,"),
        "detailed": (lambda: sanafe("detailed"), "sanafe", "SANA-FE, detailed,"),
    }[tool]
    walls, cpus, spikes = zip(*(run() for _ in range(repeats)))
    print(json.dumps(dict(tool=f"{name} {importlib.metadata.version(package)}", model_s=1.0, wall_s=walls, cpu_s=cpus,
                          rate_hz=spikes[0] / net_l.CELLS / net_l.STEPS * 1000)))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
