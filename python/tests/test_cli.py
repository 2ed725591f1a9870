"""Python and the command line leave the same bytes."""

import json
import subprocess

import numpy as np
import pytest

import caudate
from conftest import drive, taps, taps_files

STEPS = 300


def call(command, *arguments):
    return subprocess.run([command, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_images_and_results_are_equal(command, tmp_path):
    network = taps_files(tmp_path)
    compiled = call(command, "compile", network, "--chip", "loihi1", "--seed", 7, "-o", tmp_path / "taps.caudate", "--json")
    assert compiled.returncode == 0, compiled.stderr
    image = taps().compile("loihi1", seed=7)
    assert image.to_bytes() == (tmp_path / "taps.caudate").read_bytes()
    fields = json.loads(compiled.stdout)
    fields.pop("seconds")
    assert image.report == fields

    raster, dopamine = drive(STEPS)
    t, i = np.nonzero(raster)
    given = np.flatnonzero(dopamine)
    stimulus = {"taps.t": t, "taps.i": i, "modulator.dopamine.t": given, "modulator.dopamine.amount": dopamine[given]}
    np.savez(tmp_path / "stimulus.npz", **stimulus)
    simulated = call(
        command, "simulate", tmp_path / "taps.caudate", "--stimulus", tmp_path / "stimulus.npz", "--steps", STEPS,
        "--out", tmp_path / "cli", "--probe", "cells",
    )
    assert simulated.returncode == 0, simulated.stderr
    simulation = caudate.Simulation(caudate.Image.load(tmp_path / "taps.caudate"), probes=["cells"])
    for first in range(0, STEPS, 60):
        rows = slice(first, first + 60)
        simulation.step(60, spikes={"taps": raster[rows]}, modulators={"dopamine": dopamine[rows]})
    simulation.write(tmp_path / "python")
    def names(folder):
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    files = names(tmp_path / "cli") - {"timing.json"}
    assert files == names(tmp_path / "python")
    assert {"costs/timeline.csv", "spikes.npz", "stimulus.npz", "states.npz", "weights.npz", "summary.json", "report.html"} <= files
    for name in sorted(files):
        assert (tmp_path / "python" / name).read_bytes() == (tmp_path / "cli" / name).read_bytes(), name
    assert json.loads((tmp_path / "cli" / "summary.json").read_text()) == simulation.summary()


def test_what_python_recorded_maps_the_network_anew(tmp_path):
    simulation = caudate.Simulation(taps().compile("tiny"))
    simulation.step(100, spikes={"taps": drive(100)[0]})
    simulation.write(tmp_path)
    assert taps().compile("tiny", rates=tmp_path).report["traffic"] != taps().compile("tiny").report["traffic"]


@pytest.mark.parametrize(("text", "chip"), [
    ('name = "n"\n[[population]]\nname = "a"\nsize = 3\nmodel = "lif"\ntreshold = 3\n', "tiny"),
    ('name = "n"\n[[population]]\nname = "a"\nsize = 90000\nmodel = "lif"\n', "tiny"),
    ('name = "n"\n[[population]]\nname = "a"\nsize = 3\nmodel = "lif"\n', "loihi9"),
])
def test_errors_are_the_same_text_and_code(command, tmp_path, text, chip):
    path = tmp_path / "network.toml"
    path.write_text(text)
    ended = call(command, "compile", path, "--chip", chip, "-o", tmp_path / "image.caudate")
    with pytest.raises(caudate.Error) as caught:
        caudate.Network.load(path).compile(chip)
    assert (caught.value.exit_code, f"{caught.value}\n") == (ended.returncode, ended.stderr)
