"""Helpers for matplotlib, which is needed for these alone: ``pip install caudate[plot]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from caudate import Image, Spikes


def _axes(axes: Axes | None) -> Axes:
    if axes is not None:
        return axes
    from matplotlib import pyplot

    return pyplot.gca()


def raster(spikes: Spikes, *populations: str, axes: Axes | None = None, **style: Any) -> Axes:
    """Draws spikes as dots: a row for each neuron, those of the first population (of all, if none is named) at the bottom."""
    axes = _axes(axes)
    names = populations or tuple(spikes.populations)
    first, middles = 0, []
    for name in names:
        t, i = spikes[name]
        axes.plot(t, first + i, linestyle="none", **{"marker": ".", "markersize": 2, "label": name, **style})
        middles.append(first + (spikes.populations[name] - 1) / 2)
        first += spikes.populations[name]
        axes.axhline(first - 0.5, color="0.8", linewidth=0.5)
    axes.set_yticks(middles, names)
    axes.set_ylim(-0.5, max(first, 1) - 0.5)
    axes.set_xlim(spikes.first_step, spikes.first_step + max(spikes.steps, 1))
    axes.set_xlabel("step")
    return axes


def floorplan(image: Image, resource: str | None = None, axes: Axes | None = None) -> Axes:
    """Draws the cores on the mesh, coloured by how full each is: of ``resource``, or of what is fullest.

    Raises ``ValueError`` for an image that was read from a file, which has no report, and for a resource that is not in it.
    """
    report = image.report
    if report is None:
        raise ValueError("the image has no report: it was read from a file; compile the network to draw it")
    axes = _axes(axes)
    known = [use["resource"] for use in report["cores"][0]["usage"]] if report["cores"] else []
    if resource is not None and resource not in known:
        raise ValueError(f"no resource is named '{resource}'; there are: {', '.join(known)}")
    fills = [
        max((use["fill_percent"] for use in core["usage"] if resource in (None, use["resource"])), default=0.0)
        for core in report["cores"]
    ]
    dots = axes.scatter(
        [core["tile"]["x"] for core in report["cores"]],
        [core["tile"]["y"] for core in report["cores"]],
        c=fills, vmin=0, vmax=100, marker="s", s=200, cmap="viridis",
    )
    axes.figure.colorbar(dots, ax=axes, label=f"{resource or 'fullest resource'}, percent")
    axes.set(xlabel="tile x", ylabel="tile y", aspect="equal")
    axes.invert_yaxis()
    return axes
