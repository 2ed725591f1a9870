"""Sweeps: the points, the records, and going on after an interruption."""

import json

import pytest

import caudate
from conftest import taps_files

SWEEP = """
name = "taps"
experiment = "experiment.toml"

[[axis]]
key = "network.population.cells.threshold_mantissa"
values = [200, 300]

[[axis]]
key = "chip.name"
values = ["a", "b", "c"]
"""

EXPERIMENT = """
name = "taps"
network = "network.toml"
chip = "tiny"
steps = 50

[[stimulus]]
kind = "poisson"
population = "taps"
rate_per_step = 0.3
"""


def sweep_files(folder, sweep=SWEEP):
    taps_files(folder)
    (folder / "experiment.toml").write_text(EXPERIMENT)
    (folder / "sweep.toml").write_text(sweep)
    return folder / "sweep.toml"


def test_all_points_run_once_and_results_are_written(tmp_path):
    sweep, out = sweep_files(tmp_path), tmp_path / "out"
    bars = []

    class Bar:
        def __init__(self, total):
            self.left = total
            bars.append(self)

        def update(self, n):
            self.left -= n

        def close(self):
            pass

    records = caudate.explore(sweep, out, jobs=2, progress=Bar)
    assert [record["point"] for record in records] == list(range(6))
    assert all(record["status"] == "done" for record in records), records
    assert [bar.left for bar in bars] == [0]
    energies = {record["settings"][0]: record["results"][1] for record in records}
    assert energies["200"] != energies["300"]
    written = json.loads((out / "results.json").read_text())
    assert [point["energy_pj"] for point in written["points"]] == [record["results"][1] for record in records]
    (out / "points" / "000004.json").unlink()
    assert caudate.explore(sweep, out, progress=Bar) == records
    assert len(bars) == 2, "only what is missing is run again"


def test_a_sweep_that_is_wrong_is_refused(tmp_path):
    sweep = sweep_files(tmp_path, SWEEP.replace("threshold_mantissa", "threshhold"))
    with pytest.raises(caudate.InvalidInput) as caught:
        caudate.explore(sweep, tmp_path / "out")
    assert caught.value.code == "E-SWEEP-AXIS"
    with pytest.raises(ValueError, match="jobs is 0"):
        caudate.explore(sweep, tmp_path / "out", jobs=0)
