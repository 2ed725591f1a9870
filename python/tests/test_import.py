"""Networks of other tools: from files and from objects, with what the importer made of them."""

import os
from pathlib import Path

import numpy as np
import pytest

import caudate
from conftest import REPOSITORY

nir = pytest.importorskip("nir")

DATA = Path(os.environ.get("CAUDATE_DATA", REPOSITORY.parent / "shared" / "data"))


def graph(threshold=1.0):
    """Four inputs, all to all onto three leaky neurons."""
    weight = np.arange(12.0).reshape(3, 4) / 10
    lif = nir.LIF(tau=np.full(3, 2e-3), r=np.ones(3), v_leak=np.zeros(3), v_threshold=np.full(3, threshold))
    nodes = {
        "input": nir.Input(np.array([4])),
        "weights": nir.Linear(weight),
        "cells": lif,
        "output": nir.Output(np.array([3])),
    }
    edges = [("input", "weights"), ("weights", "cells"), ("cells", "output")]
    return nir.NIRGraph(nodes=nodes, edges=edges)


def test_a_graph_runs_from_memory_and_from_a_file(tmp_path):
    nir.write(tmp_path / "graph.nir", graph())
    from_file = caudate.from_nir(tmp_path / "graph.nir")
    from_memory = caudate.from_nir(graph())
    assert from_file.imported == from_memory.imported
    assert from_file.imported["format"] == "nir"
    assert sorted(from_file.populations.values()) == [3, 4]
    image = from_memory.compile("loihi2")
    assert from_file.compile("loihi2").to_bytes() == image.to_bytes()
    simulation = caudate.Simulation(image)
    (inputs,), (cells,) = image.inputs, image.populations
    spikes = simulation.step(100, spikes={inputs: np.ones((100, 4), dtype=bool)})
    counts = spikes.counts(cells)
    assert counts[2] >= counts[1] >= counts[0] and counts[2] > 0


def test_options_reach_the_importer():
    fast, slow = (caudate.from_nir(graph(), dt=dt).compile("loihi2").to_bytes() for dt in (1e-3, 1e-4))
    assert fast != slow
    for options in ({"dt": 0.0}, {"dt": float("nan")}, {"reset": "zeros"}, {"scale": -1.0}):
        with pytest.raises(caudate.InvalidInput):
            caudate.from_nir(graph(), **options)


def test_what_is_no_graph_is_refused(tmp_path):
    for name, content in (("text.nir", b"a text"), ("empty.nir", b""), ("zip.nir", b"PK\x03\x04" + bytes(40))):
        (tmp_path / name).write_bytes(content)
        for read in (caudate.from_nir, caudate.from_netx):
            with pytest.raises(caudate.InvalidInput, match=name) as caught:
                read(tmp_path / name)
            assert caught.value.code
    with pytest.raises(caudate.InvalidInput, match="E-IO"):
        caudate.from_nir(tmp_path / "missing.nir")
    nir.write(tmp_path / "graph.nir", graph())
    with pytest.raises(caudate.InvalidInput):
        caudate.from_netx(tmp_path / "graph.nir")
    with pytest.raises(caudate.InvalidInput, match="compare"):
        caudate.from_netx(tmp_path / "graph.nir", compare="lt")


def test_published_networks_map_and_run():
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is absent")
    networks = {
        "nir/lif_norse.nir": lambda path: caudate.from_nir(path, dt=1e-4),
        "nir/braille_noDelay_noBias_subtract.nir": lambda path: caudate.from_nir(path, reset="subtract"),
        "netx/t_netx__tiny.net": caudate.from_netx,
    }
    ran = 0
    for name, read in networks.items():
        if not (DATA / name).exists():
            continue
        image = read(DATA / name).compile("loihi2")
        simulation = caudate.Simulation(image)
        drive = {population: np.ones((20, size), dtype=bool) for population, size in image.inputs.items()}
        simulation.step(20, spikes=drive)
        assert simulation.now == 20 and image.neurons > 0
        ran += 1
    assert ran > 0
