"""How many MNIST test digits a trained lava-dl network classifies: `mnist.py CAUDATE NETWORK.net IMAGES LABELS [DIGITS]`.

NETWORK is one of the two of lava-dl's tutorials, `tutorials/lava/lib/dl/{bootstrap,netx}/mnist`: what drives and what reads it is told apart by
its tail. IMAGES and LABELS are `t10k-images-idx3-ubyte.gz` and `t10k-labels-idx1-ubyte.gz`. Needs NumPy and h5py.

All digits follow one another in one stimulus, far enough apart that v and u are 0 again.
"""
import gzip
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

# Steps that a pixel drives its neuron for, and steps from one digit to the next.
BOOTSTRAP, NETX = (16, 400), (32, 200)


def read(path, header):
    return np.frombuffer(gzip.open(path).read(), np.uint8, offset=header)


def in_bootstrap(images, layer):
    """Spikes of the neurons of layer 0, whose bias is the pixel of -1..1: yields who spikes, a step at a time."""
    neuron = layer["neuron"]
    drive = np.round(layer["weight"][0] * (2 * images - 1) + layer["bias"][0]).astype(int) * 64
    keep, threshold, v = 4096 - int(neuron["vDecay"][()]), int(neuron["vThMant"][()]) * 64, np.zeros(images.shape, int)
    while True:
        v = np.sign(v) * (np.abs(v) * keep >> 12) + drive
        spikes = v >= threshold
        v[spikes] = 0
        yield spikes


def in_netx(images):
    """Spikes of integrators that a pixel of 0..1 drives, and that return to 0 above 1."""
    v = np.zeros(images.shape)
    while True:
        v += images
        spikes = v > 1
        v[spikes] = 0
        yield spikes


def main():
    caudate, network, images, labels, *count = sys.argv[1:]
    count = int(count[0]) if count else None
    images, labels = read(images, 16).reshape(-1, 784)[:count] / 255, read(labels, 8)[:count]
    with h5py.File(network) as file:
        layers = file["layer"]
        last = f"layer{len(layers) - 1}"
        # A last layer without neurons is read by its current.
        has_neurons = "neuron" in layers[str(len(layers) - 1)]
        steps, period = NETX if has_neurons else BOOTSTRAP
        spikes = in_netx(images) if has_neurons else in_bootstrap(images, layers["0"])
        when = [(step, *np.nonzero(next(spikes))) for step in range(steps)]
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        stimulus = {
            "input.t": np.concatenate([period * digit + step for step, digit, _ in when]).astype(np.uint32),
            "input.i": np.concatenate([pixel for *_, pixel in when]).astype(np.uint32),
        }
        np.savez(path("digits.npz"), **stimulus)
        run = lambda *command: subprocess.run([caudate, *command], check=True, stdout=subprocess.DEVNULL)
        run("compile", network, "--chip", "loihi2", "-o", path("mnist.caudate"), "--partitioner", "fill-in-order")
        probes = [] if has_neurons else ["--probe", last]
        length = str(period * len(images))
        run("simulate", path("mnist.caudate"), "--stimulus", path("digits.npz"), "--steps", length, "--out", path("out"), *probes)
        votes = np.zeros((len(images), 10), int)
        if has_neurons:
            recorded = np.load(path("out/spikes.npz"))
            np.add.at(votes, (recorded[f"{last}.t"] // period, recorded[f"{last}.i"]), 1)
        else:
            # The current neither decays nor resets: what a digit adds is the difference, modulo 2^24.
            current = np.load(path("out/states.npz"))[f"{last}.u"][period - 1 :: period].astype(int)
            votes = (np.diff(current, axis=0, prepend=0) + (1 << 23)) % (1 << 24) - (1 << 23)
    right = int(np.sum(votes.argmax(1) == labels))
    print(f"{os.path.basename(network)}: {right} of {len(labels)} digits, {right / len(labels):.2%}")


main()
