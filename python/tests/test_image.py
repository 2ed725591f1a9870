"""Images go to files, bytes and other processes; reports go to notebooks."""

import copy
import json
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import caudate
from conftest import taps


def test_an_image_survives_files_and_pickles(image, tmp_path):
    image.save(tmp_path / "taps.caudate")
    loaded = caudate.Image.load(tmp_path / "taps.caudate")
    assert loaded == image and hash(loaded) == hash(image) and loaded.report is None and loaded.floorplan() is None
    pickled = pickle.loads(pickle.dumps(image))
    assert pickled == image and pickled.report == image.report and pickled.floorplan() == image.floorplan()
    assert copy.deepcopy(image) == image
    assert image != taps().compile("tiny", seed=4) and image != 3
    assert loaded.check() is None


def spikes_of(image):
    simulation = caudate.Simulation(image)
    simulation.step(50, spikes={"taps": (list(range(50)), [step % 8 for step in range(50)])})
    return simulation.spikes["cells"][0].tolist()


def test_images_travel_to_worker_processes(image):
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(spikes_of, image).result() == spikes_of(image) != []


def test_errors_travel_too():
    with pytest.raises(caudate.Error) as caught:
        taps().compile("loihi3")
    error = pickle.loads(pickle.dumps(caught.value))
    assert type(error) is caudate.InvalidInput
    assert (str(error), error.diagnostics, error.code) == (str(caught.value), caught.value.diagnostics, "E-CHIP-NAME")


def test_the_report_is_fields_text_and_page(image):
    report = image.report
    assert report["totals"]["neurons"] == image.neurons == 3 and report["chip"] == image.chip == "tiny"
    assert report["seed"] == image.seed == 3 and report["totals"]["cores"] == image.cores
    assert json.loads(json.dumps(report)) == report
    assert "network 'taps' on chip 'tiny'" in str(report)
    page = report._repr_html_()
    assert "<svg" in page and "taps" in page and "<pre>" in page
    assert image.floorplan() in page


def test_an_image_shows_itself(image):
    assert "3 neurons, 27 synapses" in repr(image) and "taps" in repr(image)
    page = image._repr_html_()
    assert "<svg" in page and "3 neurons" in page
    assert "<svg" not in caudate.Image.from_bytes(image.to_bytes())._repr_html_()


@pytest.mark.parametrize("at", [0, 10, 200, -1])
def test_damage_is_refused(image, tmp_path, at):
    damaged = bytearray(image.to_bytes())
    damaged[at] ^= 0x55
    path = tmp_path / "damaged.caudate"
    path.write_bytes(damaged)
    for read in (lambda: caudate.Image.load(path), lambda: caudate.Image.from_bytes(bytes(damaged))):
        with pytest.raises(caudate.InvalidInput) as caught:
            read()
        assert caught.value.code


def test_files_that_are_not_there_are_named(image, tmp_path):
    with pytest.raises(caudate.InvalidInput, match="missing.caudate") as caught:
        caudate.Image.load(tmp_path / "missing.caudate")
    assert caught.value.code == "E-IO" and "check the path" in str(caught.value)
    (tmp_path / "file").write_text("")
    with pytest.raises(caudate.InvalidInput, match="E-IO"):
        caudate.Simulation(image).write(tmp_path / "file" / "results")
