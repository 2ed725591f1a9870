#!/usr/bin/env python3
"""Make a sheet network in the format snnmap-1: neurons on a torus, targets drawn from a Gaussian around each, a few anywhere.

usage: sheet.py OUT.json [--width 1000] [--height 1000] [--fanout 100] [--sigma 6] [--long-range 0.01] [--seed 1]

Needs numpy only. The default has 10^6 neurons and about 10^8 synapses; it takes 4 GB and a minute or two.
"""
import argparse, json
import numpy as np


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("out")
    for name, kind, value in [("width", int, 1000), ("height", int, 1000), ("fanout", int, 100), ("sigma", float, 6.0),
                              ("long-range", float, 0.01), ("seed", int, 1)]:
        ap.add_argument("--" + name, type=kind, default=value)
    a = ap.parse_args()
    rng = np.random.default_rng(a.seed)
    n = a.width * a.height
    blocks, step = [], max(1, 2_000_000 // a.fanout)
    for start in range(0, n, step):
        source = np.repeat(np.arange(start, min(n, start + step), dtype=np.int64), a.fanout)
        dx, dy = (np.rint(rng.standard_normal(len(source), dtype=np.float32) * a.sigma).astype(np.int64) for _ in range(2))
        target = (source % a.width + dx) % a.width + (source // a.width + dy) % a.height * a.width
        far = rng.random(len(source), dtype=np.float32) < a.long_range
        target[far] = rng.integers(0, n, far.sum())
        blocks.append(np.unique((target * n + source)[target != source]))
    key = np.concatenate(blocks)
    del blocks
    key.sort()
    target = key // n
    key -= target * n
    fan = np.bincount(target, minlength=n)
    indptr = np.concatenate([[0], np.cumsum(fan)])
    first = np.zeros(n, np.uint32)
    has = fan > 0
    first[has] = key[indptr[:-1][has]]
    delta = np.diff(key, prepend=0)
    delta[indptr[:-1][has]] = 0
    stem = a.out.removesuffix(".json")
    np.savez_compressed(stem + ".npz", rate=rng.lognormal(1.0, 0.8, n).astype(np.float32), cls=(rng.random(n) < 0.2).astype(np.uint8),
                        indptr=indptr.astype(np.uint32), first=first, delta=delta.astype(np.uint32))
    classes = [dict(name=name, external=False, compartments=1, syn_bytes=1) for name in ("exc", "inh")]
    with open(stem + ".json", "w") as out:
        json.dump(dict(format="snnmap-1", name=stem.split("/")[-1], n=n, n_synapses=len(key), classes=classes), out, indent=1)


main()
