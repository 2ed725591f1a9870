"""The first sample of the NIR paper's Braille test set, read off its figure.

The set itself is stored nowhere in the open, but `paper/03_rnn/plots.ipynb` of github.com/neuromorphs/NIR holds a raster of its first sample: every step
of every tap is some ten dots wide. That it is read right can be checked: `snntorch_activity_*.npy` beside it holds every spike of layer 1 that
snnTorch made of the sample.
"""
import base64
import io
import json
import os

import numpy as np
from PIL import Image

STEPS, TAPS = 256, 12
# The two ends of the figure's colour map; white, around it, is not far from the one.
SILENT, SPIKED, NEAR = (247, 251, 255), (8, 48, 107), 12


def figure(notebook):
    """The raster, as colours [y, x, 3]."""
    try:
        with open(notebook, encoding="utf-8") as file:
            cells = json.load(file)["cells"]
    except (OSError, ValueError, KeyError) as error:
        raise SystemExit(f"{notebook}: no notebook ({error}); give paper/03_rnn of a clone of github.com/neuromorphs/NIR") from error
    images = [
        output["data"]["image/png"]
        for cell in cells
        if "rnn_braille_input" in "".join(cell["source"])
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    if len(images) != 1:
        raise SystemExit(f"{notebook}: {len(images)} figures of the Braille input; 1 is wanted")
    return np.array(Image.open(io.BytesIO(base64.b64decode(images[0]))).convert("RGB")).astype(int)


def first_sample(paper):
    """Spikes [steps, taps]; `paper` is the folder `paper/03_rnn`."""
    colours = figure(os.path.join(paper, "plots.ipynb"))
    is_like = lambda colour: np.abs(colours - colour).sum(2) < NEAR
    silent, spiked = is_like(SILENT), is_like(SPIKED)
    # Where the axes are. Step t lies about t * width right of `left`, tap n in the row n + 1 from below.
    columns, rows = (np.nonzero((silent | spiked).sum(axis) > 0.3 * (silent | spiked).shape[axis])[0] for axis in (0, 1))
    top, height = rows[0], (rows[-1] + 1 - rows[0]) / TAPS
    edges = np.nonzero(((spiked[:, 1:] & silent[:, :-1]) | (silent[:, 1:] & spiked[:, :-1])).any(0))[0] + 1
    reach = columns[-1] + 1 - columns[0]

    def misfit(left, width):
        steps = (edges - left) / width + 0.5
        return np.abs(steps - np.round(steps)).sum()

    # The frame of the axes covers some dots of the first step.
    lefts, widths = columns[0] + np.linspace(-8, 2, 101), reach / np.linspace(STEPS - 3, STEPS + 2, 401)
    left, width = min(((left, width) for left in lefts for width in widths), key=lambda place: misfit(*place))
    sample = np.zeros((STEPS, TAPS), bool)
    for step, tap in np.ndindex(STEPS, TAPS):
        # The middle of its dots; those of the grid are like neither.
        x, y = left + step * width, top + (TAPS - 0.5 - tap) * height
        own = np.s_[int(y - 0.3 * height) : int(y + 0.3 * height), max(int(x - 0.3 * width), columns[0]) : int(x + 0.3 * width) + 1]
        if spiked[own].any() == silent[own].any():
            raise SystemExit(f"{paper}: step {step} of tap {tap} cannot be told")
        sample[step, tap] = spiked[own].any()
    return sample


def recorded(paper, network):
    """Spikes of layer 1 that snnTorch made of the sample, [steps, neurons]."""
    return np.load(os.path.join(paper, f"snntorch_activity_{network}.npy"))
