"""Stubs, docstrings and documents say what the package does."""

import ast
import contextlib
import doctest
import importlib.metadata
import inspect
import io
import re
from pathlib import Path

import pytest

import caudate
from caudate import _core, errors, plot
from conftest import REPOSITORY

STUB = ast.parse((Path(caudate.__file__).parent / "_core.pyi").read_text())
CLASSES = [node for node in STUB.body if isinstance(node, ast.ClassDef) and hasattr(_core, node.name)]


@pytest.mark.parametrize("stub", CLASSES, ids=lambda stub: stub.name)
def test_stubs_name_what_is_there(stub):
    of = getattr(_core, stub.name)
    named = {node.name: node for node in stub.body if isinstance(node, ast.FunctionDef)}
    there = {name for name in vars(of) if not name.startswith("_")}
    assert there == {name for name in named if not name.startswith("_")}
    for name in there:
        written = ast.get_docstring(named[name])
        if written:
            assert inspect.getdoc(getattr(of, name)) == written, f"{stub.name}.{name}"
        if inspect.isroutine(getattr(of, name)):
            shown = [own for own in inspect.signature(getattr(of, name)).parameters if own != "self"]
            arguments = named[name].args
            known = [own.arg for own in [*arguments.args, *arguments.kwonlyargs] if own.arg != "self"]
            assert shown == known + ([arguments.kwarg.arg] if arguments.kwarg else []), f"{stub.name}.{name}"


def test_all_that_is_public_has_a_docstring():
    for name in caudate.__all__:
        own = getattr(caudate, name)
        assert isinstance(own, (list, str)) or inspect.getdoc(own), name
    for own in (errors.CheckFailed, errors.DoesNotFit, errors.InvalidInput, plot.raster, plot.floorplan):
        assert inspect.getdoc(own)


def test_the_wheel_needs_numpy_alone():
    required = importlib.metadata.requires("caudate") if is_installed() else ["numpy>=1.23"]
    assert [own for own in required if "extra" not in own] == ["numpy>=1.23"]


def is_installed():
    try:
        return bool(importlib.metadata.version("caudate"))
    except importlib.metadata.PackageNotFoundError:
        return False


def test_the_docstring_runs():
    tested = doctest.testmod(caudate)
    assert tested.attempted > 5 and tested.failed == 0


def test_the_page_of_the_book_runs(tmp_path, monkeypatch):
    """Every block of Python runs, in order; a block of text behind one is what it prints."""
    pytest.importorskip("nir")
    page = (REPOSITORY / "docs" / "python.md").read_text()
    blocks = re.findall(r"```(python|text)\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names, printed, ran = {}, "", 0
    for kind, text in blocks:
        if kind == "text":
            assert printed == text, printed
            continue
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(text, "docs/python.md", "exec"), names)
        printed, ran = output.getvalue(), ran + 1
    assert ran >= 5
