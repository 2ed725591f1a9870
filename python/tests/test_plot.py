"""Pictures, where matplotlib is installed."""

import pytest

import caudate
from caudate import plot
from conftest import drive

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


def test_raster_and_floorplan_draw(image):
    simulation = caudate.Simulation(image)
    spikes = simulation.step(100, spikes={"taps": drive(100)[0]})
    from matplotlib.figure import Figure

    axes = plot.raster(spikes, axes=Figure().subplots())
    t, _ = spikes["cells"]
    assert len(t) and axes.lines[0].get_xdata().tolist() == t.tolist()
    axes = plot.floorplan(image, axes=Figure().subplots())
    assert len(axes.collections[0].get_offsets()) == image.cores
    with pytest.raises(ValueError, match="no resource is named"):
        plot.floorplan(image, "memories", axes=Figure().subplots())
    with pytest.raises(ValueError, match="read from a file"):
        plot.floorplan(caudate.Image.from_bytes(image.to_bytes()))
