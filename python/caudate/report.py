"""The report of a compilation, for scripts, terminals and notebooks."""

from __future__ import annotations

from html import escape
from typing import Any


class Report(dict[str, Any]):
    """What went where, which limit binds, what quantisation cost: the fields of ``caudate compile --json``."""

    def __init__(self, fields: dict[str, Any], text: str, floorplan: str) -> None:
        super().__init__(fields)
        self.text = text
        """The table that ``caudate compile`` prints."""
        self.floorplan = floorplan
        """The mesh as SVG."""

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple:
        return Report, (dict(self), self.text, self.floorplan)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.text)}</pre>{self.floorplan}"
