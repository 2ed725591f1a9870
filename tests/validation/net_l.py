"""Network L for Caudate and for SANA-FE 2.2.9: 1,000 integrate-and-fire cells that leak, coupled at random, and 200 inputs that spike at random.

Weights are 4 and -20, those of inputs 60, the threshold 1,000, the leak 3891/4096 per step. A cell is whole in one tool and floating point in the
other, so their spikes differ now and then; one unit here is 2,048 in units of Caudate's potential, which keeps the difference small.
Inputs come from outside in Caudate; SANA-FE has them on the core after the cells, on the same tile, and lets each of their packets cost a sending.
"""
import os
import numpy as np

import random_networks

CELLS, INPUTS, THRESHOLD, LEAK, STEPS = 1000, 200, 1000, 3891 / 4096, 1000


def make(seed=1):
    """Pairs, weights, and the steps of each input."""
    draws = np.random.default_rng(seed)

    def pairs(sources):
        fan_out = draws.binomial(CELLS, 0.1, sources)
        return np.repeat(np.arange(sources), fan_out), draws.integers(0, CELLS, fan_out.sum())

    pre, post = pairs(CELLS)
    input_pre, input_post = pairs(INPUTS)
    spikes = draws.random((INPUTS, STEPS)) < 0.05
    return dict(pre=pre, post=post, weight=np.where(pre < CELLS * 4 // 5, 4, -20), input_pre=input_pre, input_post=input_post,
                spikes=spikes, per_core=CELLS)


def write_caudate(net, folder):
    """Network, chip and stimulus."""
    os.makedirs(folder, exist_ok=True)
    random_networks.write_chip(CELLS, folder)
    arrays = {name: net[name].astype(np.int64) for name in ("pre", "post", "weight")}
    np.savez(os.path.join(folder, "cells.npz"), **arrays)
    np.savez(os.path.join(folder, "inputs.npz"), pre=net["input_pre"].astype(np.int64), post=net["input_post"].astype(np.int64))
    member, step = np.nonzero(net["spikes"])
    np.savez(os.path.join(folder, "stimulus.npz"), **{"in.t": step.astype(np.int64), "in.i": member.astype(np.int64)})
    with open(os.path.join(folder, "network.toml"), "w") as file:
        file.write(f"""name = "L"

[[population]]
name = "in"
size = {INPUTS}
model = "input"

[[population]]
name = "cells"
size = {CELLS}
model = "lif"
current_decay = 4096
voltage_decay = 205
threshold_mantissa = {THRESHOLD * 32}

[[projection]]
pre = "cells"
post = "cells"
connect = {{ rule = "list", npz = "cells.npz" }}
sign = "mixed"
weight = {{ npz = "cells.npz", array = "weight" }}
weight_exponent = 5

[[projection]]
pre = "in"
post = "cells"
connect = {{ rule = "list", npz = "inputs.npz" }}
sign = "excitatory"
weight = 60
weight_exponent = 5
""")


def sanafe_chip(net):
    """The same on SANA-FE's Loihi."""
    import sanafe

    arch = sanafe.load_arch(os.path.join(os.path.dirname(sanafe.__file__), "examples", "loihi.yaml"))
    network = sanafe.Network()
    hardware = dict(default_synapse_hw_name="loihi_dense_synapse", default_dendrite_hw_name="loihi_dendrites")
    cells = network.create_neuron_group(
        "cells", CELLS, model_attributes={"threshold": THRESHOLD, "leak_decay": LEAK, "reset": 0, "reset_mode": "hard"},
        soma_hw_name="loihi_lif", **hardware)
    inputs = network.create_neuron_group("in", INPUTS, **hardware)
    for k in range(INPUTS):
        inputs[k].set_attributes(soma_hw_name=f"loihi_inputs[{k}]", model_attributes={"spikes": net["spikes"][k].astype(int).tolist()})
    for group, pre, post, weight in (
        (cells, net["pre"], net["post"], net["weight"]),
        (inputs, net["input_pre"], net["input_post"], np.full(len(net["input_pre"]), 60)),
    ):
        group.connect_neurons_sparse(cells, {"weight": weight.astype(float).tolist()}, list(zip(pre.tolist(), post.tolist())))
    cores = list(arch.tiles)[0].cores
    for k in range(CELLS):
        cells[k].map_to_core(cores[0])
    for k in range(INPUTS):
        inputs[k].map_to_core(cores[1])
    chip = sanafe.SpikingChip(arch)
    chip.load(network)
    return chip
