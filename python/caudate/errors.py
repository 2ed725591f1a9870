"""One family of exceptions, with the codes of the command line."""

from __future__ import annotations

from typing import NamedTuple


class Diagnostic(NamedTuple):
    """One thing wrong with an input."""

    code: str
    """Stable code such as ``E-FIT-SYNMEM``."""
    message: str
    """The culprit, its number, the limit."""
    place: str | None
    """The part of the network, the argument or the file."""
    help: str | None
    """The way out."""


class Error(Exception):
    """What Caudate refuses. Its text is what the command line would print; ``diagnostics`` has it in parts."""

    exit_code = 2
    """Exit code of a command that ends with this error."""

    def __init__(self, text: str, diagnostics: list[tuple] = ()) -> None:
        super().__init__(text, diagnostics)
        self.diagnostics = [Diagnostic(*parts) for parts in diagnostics]

    @property
    def code(self) -> str:
        """The code of the first diagnostic."""
        return self.diagnostics[0].code if self.diagnostics else ""

    def __str__(self) -> str:
        return self.args[0]


class CheckFailed(Error):
    """A check found what it checks to be wrong (exit code 1)."""

    exit_code = 1


class InvalidInput(Error, ValueError):
    """An input is not valid, or a file cannot be used (exit code 2)."""

    exit_code = 2


class DoesNotFit(Error):
    """The network does not fit the chip (exit code 3)."""

    exit_code = 3
