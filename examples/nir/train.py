"""Trains a small spiking classifier of 8x8 digits, and writes it as a NIR graph: `train.py FOLDER`.

It stands for snnTorch or Norse, which train better and take longer: a layer of random features of leaky neurons, and a readout
fitted to their spike counts. Needs NumPy and the package `nir`.
"""

import pathlib
import sys

import nir
import numpy as np

STEPS, TAU, HIDDEN, SPIKES_AT_MAX = 64, 20, 160, 32

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rows = np.loadtxt(pathlib.Path(__file__).parent.parent / "digits" / "digits.csv.gz", delimiter=",", dtype=int)
pixels, labels = rows[:, :64], rows[:, 64]
is_test = np.arange(len(rows)) % 5 == 0


def spikes_of(pixels):
    """Evenly spaced spikes, [samples, steps, pixels], as `caudate encode --encoder rate` spaces them."""
    counts = np.arange(STEPS + 1)[None, :, None] * (pixels * SPIKES_AT_MAX // 16)[:, None, :] // STEPS
    return np.diff(counts, axis=1)


def lif(weight, spikes):
    """What leaky neurons that lose a threshold of 1 with each spike send, [samples, steps, neurons]."""
    v, sent = np.zeros((len(spikes), len(weight))), np.zeros((len(spikes), STEPS, len(weight)), dtype=int)
    for t in range(STEPS):
        v = v * (1 - 1 / TAU) + spikes[:, t] @ weight.T
        sent[:, t] = v > 1
        v -= sent[:, t]
    return sent


random = np.random.default_rng(1)
features = random.normal(0.01, 0.045, (HIDDEN, 64))
spikes = lif(features, spikes_of(pixels))
counts = np.hstack([spikes.sum(1), np.ones((len(rows), 1))])
target = np.where(labels[:, None] == np.arange(10), 1.0, -0.2)
train = counts[~is_test]
readout = np.linalg.solve(train.T @ train + 30 * np.eye(HIDDEN + 1), train.T @ target[~is_test])[:-1].T * 16
answers = lif(readout, spikes)[is_test].sum(1).argmax(1)
print(f"in floating point {np.mean(answers == labels[is_test]):.3f} of {is_test.sum()} test digits are right")

dt = 1e-4


def neurons(count):
    """A step adds dt / tau of r times the input to v, so r = tau / dt lets a spike add its weight."""
    ones = np.ones(count)
    return nir.LIF(tau=ones * TAU * dt, r=ones * TAU, v_leak=ones * 0, v_threshold=ones, v_reset=ones * 0)


nodes = {
    "input": nir.Input(np.array([64])),
    "features": nir.Linear(features),
    "hidden": neurons(HIDDEN),
    "weights": nir.Linear(readout),
    "digit": neurons(10),
    "output": nir.Output(np.array([10])),
}
nir.write(folder / "network.nir", nir.NIRGraph(nodes, [*zip(nodes, list(nodes)[1:])]))
np.save(folder / "test.npy", pixels[is_test].astype(np.uint8))
np.save(folder / "labels.npy", labels[is_test])
