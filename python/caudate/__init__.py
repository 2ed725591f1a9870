"""Caudate: compile spiking networks for Loihi-style neuromorphic cores, simulate them to the bit, verify their arithmetic.

>>> import caudate
>>> network = caudate.Network("pairs")
>>> network.add_input("in", 8)
>>> network.add_population("cells", 8, threshold_mantissa=100)
>>> network.add_projection("in", "cells", 60, "one-to-one")
>>> simulation = caudate.Simulation(network.compile("tiny"))
>>> spikes = simulation.step(10, spikes={"in": ([0, 1], [3, 3])})
>>> t, i = spikes["cells"]
>>> print(t, i)
[2] [3]

Names, defaults and checks are those of network files and of the command line; the book's page on Python has the rest.
"""

from caudate._core import CHIPS, COSTS, Image, Network, Program, Rule, Simulation, Spikes, __version__, from_netx
from caudate.errors import CheckFailed, Diagnostic, DoesNotFit, Error, InvalidInput
from caudate.interop import from_nir
from caudate.report import Report
from caudate.sweep import explore

__all__ = [
    "CHIPS",
    "COSTS",
    "CheckFailed",
    "Diagnostic",
    "DoesNotFit",
    "Error",
    "Image",
    "InvalidInput",
    "Network",
    "Program",
    "Report",
    "Rule",
    "Simulation",
    "Spikes",
    "__version__",
    "explore",
    "from_netx",
    "from_nir",
]
