"""What the tests share: a small network that learns, and the command line if it was built."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

import caudate

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "python" / "examples"))

TAPS_TOML = """
name = "taps"
modulator = [{ name = "dopamine", decay = 2048 }]

[[population]]
name = "taps"
size = 8
model = "input"

[[population]]
name = "cells"
size = 3
model = "lif"
current_tau_steps = 5
voltage_tau_steps = [10, 20, 30]
threshold_mantissa = 300
refractory_steps = 2
modulators = { m0 = "dopamine" }

[[projection]]
pre = "taps"
post = "cells"
connect = "all-to-all"
sign = "excitatory"
weight = { npz = "w.npz", array = "w" }
rule = "reward"

[[projection]]
pre = "cells"
post = "cells"
connect = { rule = "list", pre = [0, 1, 2], post = [1, 2, 0] }
sign = "inhibitory"
weight = -40
delay_steps = 2

[[rule]]
name = "reward"
dt = "2^-1*y0*x1 - 2^-3*u0*t"
dw = "2^-1*u0*m0*t"
epoch_steps = 4
x1 = { impulse = 32, tau_steps = 10 }
"""

WEIGHTS = np.arange(24.0).reshape(8, 3) + 20


def taps():
    """The network of ``TAPS_TOML``, built from arrays."""
    network = caudate.Network("taps")
    network.add_modulator("dopamine", decay=2048)
    network.add_input("taps", 8)
    network.add_population(
        "cells",
        np.int64(3),
        current_tau_steps=5,
        voltage_tau_steps=np.array([10, 20, 30], dtype=np.uint8),
        threshold_mantissa=300.0,
        refractory_steps=2,
        modulators={"m0": "dopamine"},
    )
    network.add_rule(
        "reward",
        dt="2^-1*y0*x1 - 2^-3*u0*t",
        dw="2^-1*u0*m0*t",
        epoch_steps=4,
        x1={"impulse": 32, "tau_steps": 10},
    )
    network.add_projection("taps", "cells", WEIGHTS, sign="excitatory", rule="reward")
    ring = {"rule": "list", "pre": np.arange(3), "post": [1, 2, 0]}
    network.add_projection("cells", "cells", -40, ring, sign="inhibitory", delay_steps=2)
    return network


def drive(steps, seed=1):
    """Input of ``steps`` steps for it: a raster of the taps, and amounts of dopamine."""
    random = np.random.default_rng(seed)
    return random.random((steps, 8)) < 0.2, np.where(random.random(steps) < 0.05, random.integers(-60, 60, steps), 0)


def taps_files(folder):
    """Writes the same network as files; returns the path of the TOML."""
    np.savez(folder / "w.npz", w=WEIGHTS)
    path = folder / "network.toml"
    path.write_text(TAPS_TOML)
    return path


@pytest.fixture(scope="session")
def image():
    return taps().compile("tiny", seed=3)


@pytest.fixture(scope="session")
def command():
    """The command line: ``CAUDATE``, or what was built in this repository."""
    default = next((REPOSITORY / "target" / profile / "caudate" for profile in ("release", "debug")
                    if (REPOSITORY / "target" / profile / "caudate").exists()), None)
    path = os.environ.get("CAUDATE", default)
    if path is None:
        pytest.skip("the command line is not built: cargo build --release")
    return str(path)
