"""Networks of other tools."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from caudate._core import Network, read_nir

if TYPE_CHECKING:
    import nir


def from_nir(
    source: str | os.PathLike[str] | nir.NIRGraph,
    *,
    dt: float = 1e-4,
    reset: Literal["auto", "zero", "subtract"] = "auto",
    scale: float | None = None,
    lenient: bool = False,
    fine_weights: bool = False,
) -> Network:
    """Reads a graph of the Neuromorphic Intermediate Representation: a ``.nir`` file, or a ``nir.NIRGraph``.

    ``dt`` is the length of a step in seconds; ``reset`` what a spike does to v, which no graph says in full; ``scale`` the units
    of v in a unit of the graph's potential (``None``: chosen for each population from its weights). ``lenient`` accepts what can
    be accepted. ``fine_weights`` stores a weight that 8 bits would round as two synapses. ``network.imported`` says what was made of
    it, and what was assumed.

    Raises ``InvalidInput`` naming node, field and remedy.
    """
    options = {"dt": dt, "reset": reset, "scale": scale, "lenient": lenient, "fine_weights": fine_weights}
    if isinstance(source, (str, os.PathLike)):
        return read_nir(source, **options)
    import nir

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.nir"
        nir.write(path, source)
        return read_nir(path, **options)
