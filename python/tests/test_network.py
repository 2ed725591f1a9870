"""Networks from arrays are those of files; what is wrong is told as the command line tells it."""

import numpy as np
import pytest

import caudate
from conftest import taps, taps_files


def test_arrays_and_files_give_the_same_image(tmp_path):
    read = caudate.Network.load(taps_files(tmp_path))
    assert read.populations == taps().populations == {"taps": 8, "cells": 3}
    assert read.projections == taps().projections == ["taps->cells", "cells->cells"]
    for chip in caudate.CHIPS:
        assert read.compile(chip).to_bytes() == taps().compile(chip).to_bytes(), chip


def test_a_network_of_a_file_can_be_extended(tmp_path):
    network = caudate.Network.load(taps_files(tmp_path))
    network.add_population("readout", 2, threshold=6400)
    network.add_projection("cells", "readout", np.ones((3, 2), dtype=np.float32) * 50)
    image = network.compile("tiny")
    assert image.populations == {"cells": 3, "readout": 2}
    assert image.inputs == {"taps": 8}
    assert image.synapses == 24 + 3 + 6


@pytest.mark.parametrize("weight", [60, 60.0, np.float32(60), np.array(60), [60] * 8, np.full(8, 60, dtype=np.int8)])
def test_a_value_is_a_number_a_list_or_an_array(weight):
    network = caudate.Network("values")
    network.add_input("in", 8)
    network.add_population("cells", 8)
    network.add_projection("in", "cells", weight, "one-to-one")
    spikes = caudate.Simulation(network.compile("tiny")).step(4, spikes={"in": ([0, 1], [3, 3])})
    t, i = spikes["cells"]
    assert t.tolist() == [2] and i.tolist() == [3]


def test_programs_and_rules_are_named_or_handed_over():
    def build(cell, rule):
        network = caudate.Network("programs")
        network.add_input("in", 4)
        network.add_population("cells", 4, "program", program=cell)
        network.add_rule("pairs", program=rule, x1={"impulse": 16, "tau_steps": 20}, y1={"impulse": 16, "tau_steps": 20})
        network.add_projection("in", "cells", 50, "one-to-one", sign="excitatory", rule="pairs")
        return network.compile("loihi2")

    named = build("library:izhikevich", "library:pair_stdp")
    handed = build(caudate.Program.library("izhikevich"), caudate.Program.library("pair_stdp"))
    assert named.neurons == handed.neurons == 4
    first, second = (caudate.Simulation(image, probes=["cells"]) for image in (named, handed))
    drive = np.random.default_rng(1).random((200, 4)) < 0.3
    for simulation in (first, second):
        simulation.step(200, spikes={"in": drive})
    for name, values in first.states["cells"].items():
        assert np.array_equal(values, second.states["cells"][name]), name
    assert np.array_equal(first.weights("in->cells")["weight"], second.weights("in->cells")["weight"])


def complaint(call):
    with pytest.raises(caudate.Error) as caught:
        call()
    return caught.value


def test_mistakes_name_culprit_number_and_way_out():
    network = taps()
    before = repr(network)
    cases = {
        "E-NET-KEY": lambda: network.add_population("more", 3, treshold=3),
        "E-NET-EMPTY": lambda: network.add_population("more", 0),
        "E-NET-UNKNOWN": lambda: network.add_population("more", 3, "lift"),
        "E-NET-MISSING": lambda: network.add_projection("taps", "cells", 3),
        "E-PY-SHAPE": lambda: network.add_projection("taps", "cells", np.ones((3, 8))),
        "E-PY-TYPE": lambda: network.add_projection("taps", "cells", np.ones(3, dtype=complex), "one-to-one"),
        "E-NET-WHOLE": lambda: network.add_projection(
            "cells", "cells", 1, {"rule": "list", "pre": np.array([0.5]), "post": np.array([1.0])}
        ),
        "E-NET-INDEX": lambda: network.add_projection(
            "cells", "cells", 1, {"rule": "list", "pre": np.array([-1]), "post": np.array([1])}
        ),
        "E-NET-FILE": lambda: network.add_rule("more", program="missing.rule"),
        "E-CHIP-NAME": lambda: network.compile("loihi3"),
        "E-PY-NAME": lambda: network.compile("tiny", semantics="lavva"),
    }
    for code, call in cases.items():
        error = complaint(call)
        assert (error.code, error.exit_code) == (code, 2), str(error)
        assert isinstance(error, caudate.InvalidInput) and isinstance(error, ValueError)
        assert str(error).startswith(f"error[{code}]: "), str(error)
    assert repr(network) == before, "a part that is refused is not added"
    error = complaint(cases["E-NET-KEY"])
    assert error.diagnostics == [
        caudate.Diagnostic("E-NET-KEY", "unknown key `treshold`", "population 'more'", "did you mean `threshold`?")
    ]
    assert "[8, 3]" in str(complaint(cases["E-PY-SHAPE"]))
    with pytest.raises(caudate.Error, match="value is of type object"):
        network.add_population("more", 3, threshold=object())


def test_a_value_that_holds_itself_is_refused():
    loop = {}
    loop["low"] = loop
    error = complaint(lambda: taps().add_population("more", 3, threshold=loop))
    assert error.code == "E-PY-TYPE" and "inside each other" in str(error)


def test_everything_wrong_is_told_at_once():
    network = caudate.Network("wrong")
    network.add_population("a", 3, threshold_mantissa=-1, refractory_steps=[1, 2])
    network.add_projection("a", "b", 1, "one-to-one")
    error = complaint(lambda: network.compile("tiny"))
    assert len(error.diagnostics) >= 2
    assert {diagnostic.place.split(",")[0] for diagnostic in error.diagnostics} == {"population 'a'", "projection 'a->b'"}


def test_what_does_not_fit_has_a_class_of_its_own():
    network = caudate.Network("large")
    network.add_population("a", 50_000)
    error = complaint(lambda: network.compile("tiny"))
    assert isinstance(error, caudate.DoesNotFit) and error.exit_code == 3
    assert error.code.startswith("E-FIT-")
    assert not isinstance(error, ValueError)
