"""Random networks for Caudate and for SANA-FE 2.2.9, identical in spikes, placement and coefficients.

Cells do not leak, are driven by whole biases and coupled by even whole weights, so that the floats of one tool equal the
integers of the other. One unit here is 64 in units of Caudate's potential. `tests/integration/peer_timing.rs` draws the same networks.
"""
import os
import numpy as np

THRESHOLD = 1000
TILES_X, TILES_Y, CORES_PER_TILE = 8, 4, 4
WEIGHTS = (-4, -2, 2, 4)


class Draws:
    """A linear congruential generator of 64 bits that gives its upper 32."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 32) * limit >> 32


def make(cores, neurons_per_core, fan_out, mean_period, seed):
    draws = Draws(seed)
    n = cores * neurons_per_core
    bias = [1 + draws.below(2 * THRESHOLD // mean_period) for _ in range(n)]
    pre, post, weight = [], [], []
    for cell in range(n):
        targets = set()
        while len(targets) < fan_out:
            target = draws.below(n)
            if target not in targets:
                targets.add(target)
                pre.append(cell)
                post.append(target)
                weight.append(WEIGHTS[draws.below(4)])
    return dict(n=n, cores=cores, per_core=neurons_per_core, bias=np.array(bias), pre=np.array(pre),
                post=np.array(post), weight=np.array(weight))


def write_caudate(net, folder):
    """A network file, and a chip whose cores hold as many cells as the network puts on each."""
    os.makedirs(folder, exist_ok=True)
    np.savez(os.path.join(folder, "pairs.npz"), pre=net["pre"].astype(np.int64), post=net["post"].astype(np.int64))
    np.savez(os.path.join(folder, "cells.npz"), bias=net["bias"].astype(np.int64), weight=net["weight"].astype(np.int64))
    with open(os.path.join(folder, "network.toml"), "w") as file:
        file.write(f"""name = "random"

[[population]]
name = "cells"
size = {net["n"]}
model = "lif"
current_decay = 4096
voltage_decay = 0
threshold_mantissa = {THRESHOLD}
bias_mantissa = {{ npz = "cells.npz", array = "bias" }}
bias_exponent = 6

[[projection]]
pre = "cells"
post = "cells"
connect = {{ rule = "list", npz = "pairs.npz" }}
sign = "mixed"
weight = {{ npz = "cells.npz", array = "weight" }}
weight_exponent = 0
""")
    write_chip(net["per_core"], folder)


def write_chip(per_core, folder):
    """The mesh of Loihi 1 with cores of `per_core` cells."""
    with open(os.path.join(folder, "chip.toml"), "w") as file:
        file.write(f"""schema = 1
name = "validation"
description = "The mesh of Loihi 1 with cores that hold as many cells as the network puts on each"
semantics = "loihi1"
headroom_percent = 0

[core]
compartments = {per_core}
synaptic_memory_bytes = "unlimited"
input_axons = "unlimited"
output_axons = "unlimited"
neuron_profiles = "unlimited"
synapse_formats = 16
learning_rules = 16
trace_memory_bytes = 16384
max_stored_delay_steps = 62

[synapse]
weight_bits = [0, 1, 2, 3, 4, 5, 6, 8]
target_index_bits = 12
tag_bits = 9
list_header_bits = 32

[mesh]
tiles_x = {TILES_X}
tiles_y = {TILES_Y}
cores_per_tile = {CORES_PER_TILE}

[provenance]
core = "assumed: for validation"
""")


def sanafe_chip(net):
    """The network on SANA-FE's Loihi, on the same tiles."""
    import sanafe

    arch = sanafe.load_arch(os.path.join(os.path.dirname(sanafe.__file__), "examples", "loihi.yaml"))
    network = sanafe.Network()
    cells = network.create_neuron_group(
        "cells", net["n"],
        model_attributes={"threshold": THRESHOLD, "leak_decay": 1.0, "reset": 0, "reset_mode": "hard"},
        soma_hw_name="loihi_lif", default_synapse_hw_name="loihi_dense_synapse",
        default_dendrite_hw_name="loihi_dendrites")
    for k in range(net["n"]):
        cells[k].set_attributes(model_attributes={"bias": float(net["bias"][k])})
    cells.connect_neurons_sparse(
        cells, {"weight": net["weight"].astype(float).tolist()}, list(zip(net["pre"].tolist(), net["post"].tolist())))
    # Its tiles are numbered down the columns, ours along the rows.
    tiles = list(arch.tiles)
    for k in range(net["n"]):
        core = k // net["per_core"]
        tile = core // CORES_PER_TILE
        x, y = tile % TILES_X, tile // TILES_X
        cells[k].map_to_core(tiles[x * TILES_Y + y].cores[core % CORES_PER_TILE])
    chip = sanafe.SpikingChip(arch)
    chip.load(network)
    return chip
