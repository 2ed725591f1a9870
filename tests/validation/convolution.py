"""Spikes of each layer of a convolutional NIR network of IF neurons, in PyTorch and here: `convolution.py CAUDATE GRAPH.nir [OPTION ...]`;
options are those of `compile`, such as `--fine-weights`.

GRAPH is a chain of Conv2d, SumPool2d, Flatten, Linear or Affine and IF; `pip install torch nir` for the other side. Input is made up: 100 steps of
random events. IF neurons subtract their threshold, as those of Sinabs do.
"""
import os
import subprocess
import sys
import tempfile

import nir
import numpy as np
import torch

STEPS, RATE = 100, 0.1


def in_torch(graph, events):
    """Spikes of each IF node, by name: [steps, ...]. They arrive a step later, as on a chip."""
    spikes, state, sent = {}, {}, {}
    following = dict(graph.edges)
    tensor = lambda values: torch.tensor(np.asarray(values), dtype=torch.float64)
    for t in range(STEPS):
        x, name = tensor(events[t - 1] if t else 0 * events[0])[None], following["input"]
        while name != "output":
            node = graph.nodes[name]
            if isinstance(node, nir.Conv2d):
                padding = tuple(int(p) for p in np.atleast_1d(node.padding))
                stride = tuple(int(s) for s in np.atleast_1d(node.stride))
                x = torch.nn.functional.conv2d(x, tensor(node.weight), tensor(node.bias), stride, padding, groups=int(node.groups))
            elif isinstance(node, nir.SumPool2d):
                kernel, stride = (tuple(int(k) for k in np.atleast_1d(v)) for v in (node.kernel_size, node.stride))
                x = torch.nn.functional.avg_pool2d(x, kernel, stride) * np.prod(kernel)
            elif isinstance(node, (nir.Linear, nir.Affine)):
                bias = tensor(node.bias) if isinstance(node, nir.Affine) else None
                x = torch.nn.functional.linear(x, tensor(node.weight), bias)
            elif isinstance(node, nir.Flatten):
                x = x.flatten(1)
            elif isinstance(node, nir.IF):
                v = state.get(name, 0) + x * tensor(node.r).reshape(x.shape)
                fired = (v > tensor(node.v_threshold).reshape(x.shape)).double()
                state[name] = v - fired * tensor(node.v_threshold).reshape(x.shape)
                spikes.setdefault(name, []).append(fired[0].numpy())
                x, sent[name] = sent.get(name, torch.zeros_like(fired)), fired
            else:
                sys.exit(f"node {name} is a {type(node).__name__}")
            name = following[name]
    return {name: np.array(all) for name, all in spikes.items()}


def here(caudate, path, events, options):
    """The same as `caudate` has it: total spikes of each population."""
    with tempfile.TemporaryDirectory() as folder:
        name = lambda file: os.path.join(folder, file)
        step, *member = np.nonzero(events)
        index = np.ravel_multi_index(member, events.shape[1:])
        np.savez(name("events.npz"), **{"input.t": step.astype(np.uint32), "input.i": index.astype(np.uint32)})
        run = lambda *command: subprocess.run([caudate, *command], check=True, stdout=subprocess.DEVNULL)
        run("compile", path, "--chip", "loihi2", *options, "-o", name("image.caudate"))
        run("simulate", name("image.caudate"), "--stimulus", name("events.npz"), "--steps", str(STEPS), "--out", name("out"))
        spikes = np.load(name("out/spikes.npz"))
        return {file[:-2]: spikes[file] for file in spikes.files if file.endswith(".i")}


def main():
    caudate, path, *options = sys.argv[1:]
    graph = nir.read(path)
    shape = [int(size) for size in graph.nodes["input"].output_type["output"]]
    events = (np.random.default_rng(1).random((STEPS, *shape)) < RATE).astype(float)
    there, ours = in_torch(graph, events), here(caudate, path, events, options)
    print("| layer | neurons | PyTorch | here | | rates correlate |\n|---|---|---|---|---|---|")
    for name, spikes in there.items():
        theirs = spikes.reshape(STEPS, -1).sum(0)
        own = np.bincount(ours[name], minlength=theirs.size)
        alike = np.corrcoef(theirs, own)[0, 1] if theirs.std() and own.std() else float("nan")
        print(f"| `{name}` | {theirs.size} | {theirs.sum():.0f} | {own.sum()} | {own.sum() / theirs.sum() - 1:+.1%} | {alike:.4f} |")


main()
