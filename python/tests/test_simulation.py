"""Runs that Python drives: the same whatever the calls are, and never half a step."""

import _thread
import threading

import numpy as np
import pytest

import caudate
from conftest import drive, taps

STEPS = 400


def run(image, calls, **options):
    """Runs the steps of ``drive`` in calls of these lengths."""
    simulation = caudate.Simulation(image, probes={"cells": None}, **options)
    raster, dopamine = drive(sum(calls))
    parts, at = [], 0
    for n in calls:
        rows = slice(at, at + n)
        parts.append(simulation.step(n, spikes={"taps": raster[rows]}, modulators={"dopamine": dopamine[rows]}))
        at += n
    return simulation, parts


def results(simulation):
    arrays = [*simulation.spikes["cells"], *simulation.states["cells"].values()]
    arrays += simulation.weights("taps->cells").values()
    return [array.tolist() for array in arrays], simulation.summary()


def test_results_depend_on_no_division_into_calls_and_on_no_threads(image):
    whole, (spikes,) = run(image, [STEPS])
    assert len(spikes) > 50, "the network is silent: nothing is tested"
    random = np.random.default_rng(5)
    cuts = np.sort(random.choice(np.arange(1, STEPS), 9, replace=False))
    for calls in ([10] * 40, np.diff([0, *cuts, STEPS]).tolist(), [0, 1, STEPS - 1, 0]):
        divided, parts = run(image, calls)
        assert results(divided) == results(whole), calls
        assert np.array_equal(np.concatenate([part.raster("cells") for part in parts]), spikes.raster("cells"))
        assert [part.first_step for part in parts] == [0, *np.cumsum(calls)[:-1]]
    assert results(run(image, [STEPS], threads=2)[0]) == results(whole)
    again, _ = run(caudate.Image.from_bytes(image.to_bytes()), [STEPS])
    assert results(again) == results(whole)


def test_every_form_of_input_says_the_same(image):
    raster, dopamine = drive(STEPS)
    t, i = np.nonzero(raster)
    given = np.flatnonzero(dopamine)
    forms = [
        ({"taps": raster}, {"dopamine": dopamine}),
        ({"taps": np.asfortranarray(raster)}, {"dopamine": dopamine.tolist()}),
        ({"taps": (t, i)}, {"dopamine": (given, dopamine[given])}),
        ({"taps": (t[::-1].tolist(), i[::-1].astype(np.uint16))}, {"dopamine": dopamine.astype(np.int16)}),
    ]
    seen = []
    for spikes, modulators in forms:
        simulation = caudate.Simulation(image, probes="cells")
        simulation.step(STEPS, spikes, modulators)
        seen.append(results(simulation))
    by_step = caudate.Simulation(image, probes=["cells"])
    for row, amount in zip(raster, dopamine):
        by_step.step(spikes={"taps": np.flatnonzero(row)}, modulators={"dopamine": int(amount)})
    seen.append(results(by_step))
    assert all(other == seen[0] for other in seen)


def test_what_is_seen_agrees(image):
    simulation, (spikes,) = run(image, [STEPS])
    t, i = spikes["cells"]
    assert np.array_equal(spikes.counts("cells"), np.bincount(i, minlength=3))
    assert np.array_equal(spikes.raster("cells")[t, i], np.ones(len(t), dtype=bool))
    assert spikes.raster("cells").sum() == len(t) == len(spikes)
    assert t.dtype == np.int64 and i.dtype == np.uint32
    states = simulation.states["cells"]
    assert states["v"].shape == states["u"].shape == (STEPS, 3) and states["v"].dtype == np.int64
    assert np.array_equal(simulation.state("cells", "v"), states["v"][-1])
    weights = simulation.weights("taps->cells")
    assert weights["weight"].shape == (24,) and set(weights) == {"pre", "post", "weight", "delay_steps", "tag"}
    assert np.array_equal(weights["pre"], np.repeat(np.arange(8), 3))
    before = caudate.Simulation(image).weights("taps->cells")["weight"]
    assert not np.array_equal(weights["weight"], before), "nothing was learnt"
    summary = simulation.summary()
    assert simulation.now == summary["steps"] == STEPS
    assert summary["populations"][0]["spikes"] == len(t)
    assert np.isclose(simulation.energy, summary["energy_pj"] * 1e-12) and simulation.energy > 0
    assert np.isclose(simulation.time, summary["time_ps"] * 1e-12) and simulation.time > 0
    assert set(simulation.levels) == {"dopamine"}
    assert str(STEPS) in repr(simulation) and "cells" in str(simulation)


def test_levels_follow_injections():
    simulation = caudate.Simulation(taps().compile("tiny"))
    levels = []
    for amount in (100, 0, 0):
        simulation.step(modulators={"dopamine": amount})
        levels.append(simulation.levels["dopamine"])
    assert levels == [100, 50, 25]


def test_probes_choose_variables_members_and_steps(image):
    settings = {"cells": {"variables": ["v"], "neurons": [2, 0], "every_steps": 7}}
    simulation = caudate.Simulation(image, probes=settings)
    simulation.step(50, spikes={"taps": drive(50)[0]})
    states = simulation.states["cells"]
    assert states["steps"].tolist() == list(range(0, 50, 7)) and states["neurons"].tolist() == [2, 0]
    assert set(states) == {"steps", "neurons", "v"}


def test_costs_and_timing_are_those_of_the_command_line(image):
    simulation = caudate.Simulation(image, costs=[caudate.COSTS[1]], timing="detailed")
    simulation.step(10, spikes={"taps": drive(10)[0]})
    summary = simulation.summary()
    assert summary["profile"] == caudate.COSTS[1] and summary["timing"] == "detailed"
    assert len(summary["costs"]) == 1


BAD_CALLS = {
    "E-STIM-NAME": [{"spikes": {"tap": [1]}}, {"spikes": {"cells": [1]}}, {"modulators": {"dopamin": 3}}],
    "E-STIM-RANGE": [
        {"spikes": {"taps": [8]}},
        {"spikes": {"taps": [-1]}},
        {"spikes": {"taps": ([5], [1])}},
        {"spikes": {"taps": ([-1], [1])}},
        {"modulators": {"dopamine": 256}},
        {"modulators": {"dopamine": [0, 0, -300, 0, 0]}},
        {"n": 0, "spikes": {"taps": [1]}},
        {"n": 0, "modulators": {"dopamine": 1}},
    ],
    "E-STIM-LENGTH": [{"spikes": {"taps": ([1, 2], [1])}}],
    "E-PY-SHAPE": [
        {"spikes": {"taps": np.zeros((4, 8), dtype=bool)}},
        {"spikes": {"taps": np.zeros((8, 5), dtype=bool)}},
        {"spikes": {"taps": np.zeros(8, dtype=bool)}},
        {"spikes": {"taps": np.zeros((5, 8, 1), dtype=bool)}},
        {"spikes": {"taps": np.zeros((5, 8), dtype=int)}},
        {"modulators": {"dopamine": [1, 2]}},
    ],
    "E-PY-TYPE": [
        {"spikes": {"taps": [0.5]}},
        {"spikes": {"taps": ["a"]}},
        {"spikes": {"taps": ([0.0], [1])}},
        {"modulators": {"dopamine": 0.5}},
        {"modulators": {"dopamine": [0.5] * 5}},
    ],
    "E-STEP-RANGE": [{"n": -1}, {"n": 2**32}],
}


@pytest.mark.parametrize(("code", "call"), [(code, call) for code, calls in BAD_CALLS.items() for call in calls])
def test_a_refused_call_runs_nothing(image, code, call):
    simulation = caudate.Simulation(image)
    with pytest.raises(caudate.InvalidInput) as caught:
        simulation.step(**{"n": 5, **call})
    assert caught.value.code == code, str(caught.value)
    assert simulation.now == 0
    assert simulation.step(5).steps == 5


def test_all_that_is_wrong_with_a_call_is_told_at_once(image):
    with pytest.raises(caudate.Error) as caught:
        caudate.Simulation(image).step(spikes={"taps": [9], "tap": [1]}, modulators={"dopamine": 999})
    assert len(caught.value.diagnostics) == 3
    assert caught.value.diagnostics[1].help == "did you mean 'taps'?"


@pytest.mark.parametrize("options", [
    {"threads": 0}, {"timing": "exact"}, {"costs": ["loihi9"]}, {"probes": ["cell"]}, {"probes": {"cells": ["x"]}},
    {"probes": {"cells": {"neurons": [3]}}}, {"probes": {"cells": {"every_steps": 0}}}, {"probes": {"cells": {"often": 1}}},
])
def test_options_are_checked(image, options):
    with pytest.raises(caudate.InvalidInput) as caught:
        caudate.Simulation(image, **options)
    assert all(diagnostic.help for diagnostic in caught.value.diagnostics if diagnostic.code != "E-COST-NAME")


def test_unknown_names_are_answered_with_known_ones(image):
    simulation = caudate.Simulation(image)
    spikes = simulation.step(2)
    for call in (
        lambda: spikes["cell"],
        lambda: spikes["taps"],
        lambda: spikes.counts("x"),
        lambda: simulation.state("cells", "w"),
        lambda: simulation.weights("cells->cells"),
    ):
        with pytest.raises(caudate.InvalidInput) as caught:
            call()
        assert caught.value.code == "E-PY-NAME" and caught.value.diagnostics[0].help


class Bar:
    """tqdm's protocol."""

    opened = []

    def __init__(self, total):
        self.total, self.done, self.closed = total, 0, False
        Bar.opened.append(self)

    def update(self, n):
        self.done += n

    def close(self):
        self.closed = True


def test_progress_is_told_to_a_bar(image):
    caudate.Simulation(image).step(100, progress=Bar)
    bar = Bar.opened.pop()
    assert (bar.total, bar.done, bar.closed) == (100, 100, True)
    open_bar = Bar(200)
    caudate.Simulation(image).step(150, progress=open_bar)
    assert (open_bar.done, open_bar.closed) == (150, False)


def test_other_threads_run_while_a_simulation_steps(image):
    simulation = caudate.Simulation(image)
    counted, started, stop = [0], threading.Event(), threading.Event()

    def count():
        started.set()
        while not stop.is_set():
            counted[0] += 1

    def step():
        started.wait()
        before = counted[0]
        while counted[0] < before + 1000:
            simulation.step(20_000)

    threads = [threading.Thread(target=count), threading.Thread(target=step)]
    [thread.start() for thread in threads]
    threads[1].join()
    stop.set()
    threads[0].join()
    assert counted[0] >= 1000 and simulation.now % 20_000 == 0


def test_one_thread_at_a_time(image):
    simulation = caudate.Simulation(image)
    seen = []

    class Meddler:
        def update(self, _):
            other = threading.Thread(target=self.meddle)
            other.start()
            other.join()

        def meddle(self):
            try:
                simulation.step(1)
            except caudate.Error as error:
                seen.append(error.code)

    simulation.step(10, progress=Meddler())
    assert seen and set(seen) == {"E-SIM-BUSY"}
    assert simulation.step(5).first_step == 10


def test_ctrl_c_ends_after_a_whole_step(image):
    simulation = caudate.Simulation(image)

    class Interrupter:
        def update(self, _):
            _thread.interrupt_main()

    with pytest.raises(KeyboardInterrupt):
        simulation.step(100_000_000, progress=Interrupter())
    ran = simulation.now
    assert 0 < ran < 100_000_000
    assert simulation.step(7).first_step == ran and simulation.summary()["steps"] == ran + 7


def test_simulations_in_threads_give_what_they_give_alone(image):
    alone = results(run(image, [STEPS])[0])
    seen = [None] * 4

    def work(index):
        seen[index] = results(run(image, [50] * (STEPS // 50))[0])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(seen))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert all(other == alone for other in seen)


def test_a_saved_run_goes_on_as_if_without_a_break(image, tmp_path):
    whole, _ = run(image, [STEPS])
    raster, dopamine = drive(STEPS)
    first = caudate.Simulation(image, probes={"cells": None})
    first.step(150, spikes={"taps": raster[:150]}, modulators={"dopamine": dopamine[:150]})
    first.save(tmp_path / "run.checkpoint")
    for threads in (1, 2):
        second = caudate.Simulation(image, probes={"cells": None}, resume=tmp_path / "run.checkpoint", threads=threads)
        assert second.now == 150
        second.step(STEPS - 150, spikes={"taps": raster[150:]}, modulators={"dopamine": dopamine[150:]})
        assert results(second) == results(whole)
    for options in ({}, {"probes": {"cells": None}, "timing": "detailed"}, {"probes": {"cells": None}, "costs": ["unit"]}):
        with pytest.raises(caudate.InvalidInput, match="other probes, costs or timing"):
            caudate.Simulation(image, resume=tmp_path / "run.checkpoint", **options)
    (tmp_path / "damaged").write_bytes((tmp_path / "run.checkpoint").read_bytes()[:-1])
    for name in ("damaged", "absent"):
        with pytest.raises(caudate.InvalidInput, match=name):
            caudate.Simulation(image, probes={"cells": None}, resume=tmp_path / name)


def test_weights_are_set_and_read_in_the_order_of_the_network():
    random = np.random.default_rng(3)
    pairs = random.permutation([(pre, post) for pre in range(6) for post in range(4)] + [(2, 3), (5, 0)])
    weight, delay = random.integers(0, 120, len(pairs)) // 2 * 2, random.integers(1, 5, len(pairs))

    def ordered(weight):
        network = caudate.Network("ordered")
        network.add_input("in", 6)
        network.add_population("cells", 4, threshold_mantissa=100)
        network.add_rule("hebb", dw="2^-3*x1*y0 - 2^-4*x0*y1", x1={"impulse": 64, "tau_steps": 10}, y1={"impulse": 64, "tau_steps": 10})
        network.add_projection("in", "cells", weight, connect={"rule": "list", "pre": pairs[:, 0], "post": pairs[:, 1]},
                               delay_steps=delay, sign="excitatory", weight_exponent=0, rule="hebb")
        return network

    network = ordered(weight)
    image = network.compile("loihi1")
    order = image.order(network)["in->cells"]
    simulation = caudate.Simulation(image)
    own = simulation.weights("in->cells", order)
    assert np.array_equal(own["pre"], pairs[:, 0]) and np.array_equal(own["post"], pairs[:, 1])
    assert np.array_equal(own["weight"], weight) and np.array_equal(own["delay_steps"], delay)

    raster = random.random((300, 6)) < 0.2
    simulation.step(300, {"in": raster})
    learned = simulation.weights("in->cells", order)["weight"]
    assert not np.array_equal(learned, weight)
    simulation.set_weights("in->cells", weight, order)
    assert np.array_equal(simulation.weights("in->cells", order)["weight"], weight)
    # Set before the first step they are what a network of such weights does.
    fresh = caudate.Simulation(image)
    fresh.set_weights("in->cells", learned, order)
    compiled = caudate.Simulation(ordered(learned).compile("loihi1"))
    for run in (fresh, compiled):
        run.step(300, {"in": raster})
    assert len(fresh.spikes) > 0 and np.array_equal(fresh.spikes["cells"], compiled.spikes["cells"])
    assert np.array_equal(fresh.weights("in->cells")["weight"], compiled.weights("in->cells")["weight"])

    before = fresh.weights("in->cells")["weight"]
    for given, order_given, code in [
        (weight[1:], None, "E-PY-SHAPE"),
        (weight, order[1:], "E-PY-SHAPE"),
        (weight, np.zeros_like(order), "E-PY-SHAPE"),
        (weight + 0.5, order, "E-PY-TYPE"),
        (weight + 70_000, order, "E-PY-RANGE"),
        (weight + 300, order, "E-SIM-WEIGHTS"),
        (-weight - 1, order, "E-SIM-WEIGHTS"),
    ]:
        with pytest.raises(caudate.InvalidInput) as refused:
            fresh.set_weights("in->cells", given, order_given)
        assert refused.value.code == code
        assert np.array_equal(fresh.weights("in->cells")["weight"], before)
    with pytest.raises(caudate.InvalidInput) as refused:
        image.order(caudate.Network("other"))
    assert refused.value.code == "E-NET-EMPTY"
