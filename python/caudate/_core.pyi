import os
from typing import Any, Literal, Mapping, Protocol, Sequence, TypedDict, final

import numpy as np
import numpy.typing as npt
from typing_extensions import Unpack

from caudate.report import Report

__version__: str
CHIPS: list[str]
"""Names of the built-in chips."""
COSTS: list[str]
"""Names of the built-in cost profiles."""

Path = str | os.PathLike[str]
Value = float | Sequence[float] | npt.NDArray[Any] | Mapping[str, Any]
"""One number for all, one per element, or a distribution: ``{"distribution": "normal", "mean": 10, "sd": 2}``."""
SpikeInput = tuple[npt.ArrayLike, npt.ArrayLike] | npt.NDArray[np.bool_] | npt.ArrayLike
AmountInput = int | npt.ArrayLike | tuple[npt.ArrayLike, npt.ArrayLike]

class Progress(Protocol):
    """A progress bar of tqdm's protocol."""

    def update(self, n: int) -> Any: ...
    def close(self) -> Any: ...

class PopulationKeys(TypedDict, total=False):
    current_decay: Value
    current_tau_steps: Value
    voltage_decay: Value
    voltage_tau_steps: Value
    threshold_mantissa: Value
    threshold: Value
    bias_mantissa: Value
    bias_exponent: Value
    bias: Value
    refractory_steps: Value
    compare: Literal["gt", "ge"]
    reset: Literal["zero", "subtract"] | Mapping[str, int]
    initial_u: Value
    initial_v: Value
    modulators: Mapping[str, str]
    max_neurons_per_core: int
    program: Path | Program
    parameters: Mapping[str, Value]
    initial: Mapping[str, Value]
    parent: str

class ProjectionKeys(TypedDict, total=False):
    name: str
    weight_exponent: int
    weight_bits: int
    delay_steps: Value
    rule: str
    dendrite: int
    port: int
    graded: bool

class RuleKeys(TypedDict, total=False):
    dw: str
    dd: str
    dt: str
    program: Path | Program | Rule
    parameters: Mapping[str, float]
    initial: Mapping[str, float]
    epoch_steps: int
    x1: Mapping[str, float]
    x2: Mapping[str, float]
    y1: Mapping[str, float]
    y2: Mapping[str, float]
    y3: Mapping[str, float]
    third_factor: Mapping[str, int]

class ModulatorKeys(TypedDict, total=False):
    decay: int
    source: str
    gain: int

@final
class Network:
    """A spiking network: populations, projections, learning rules and modulator channels.

    Keyword arguments are the keys of network files, and mean what they mean there. What is not as the schema
    says raises ``InvalidInput`` at once and adds nothing; whether the whole makes sense, ``compile`` says.
    """

    def __init__(self, name: str) -> None: ...
    @staticmethod
    def load(path: Path) -> Network:
        """Reads a network file (TOML, with NPZ arrays beside it)."""
    @property
    def name(self) -> str: ...
    @property
    def populations(self) -> dict[str, int]:
        """Sizes by name, inputs included."""
    @property
    def projections(self) -> list[str]: ...
    @property
    def imported(self) -> dict[str, Any] | None:
        """What an importer made of the file: ``format``, ``version``, ``layers`` and ``notes`` of what it assumed;
        ``None`` for other networks."""
    def add_population(
        self,
        name: str,
        size: int,
        model: Literal["lif", "program", "input"] = "lif",
        **parameters: Unpack[PopulationKeys],
    ) -> None:
        """Adds neurons of one kind, or input sources."""
    def add_input(self, name: str, size: int) -> None:
        """Adds input sources, which spike as ``Simulation.step`` is told."""
    def add_projection(
        self,
        pre: str,
        post: str,
        weight: Value,
        connect: str | Mapping[str, Any] | None = None,
        sign: Literal["mixed", "excitatory", "inhibitory"] = "mixed",
        **parameters: Unpack[ProjectionKeys],
    ) -> None:
        """Adds the synapses from one population to another.

        A matrix ``weight[pre, post]`` connects all to all. Else ``connect`` names a pattern, such as
        ``"one-to-one"``, ``{"rule": "fixed-probability", "probability": 0.1}`` or ``{"rule": "list", "pre": i,
        "post": j}``, and ``weight`` is one number, or one per synapse in the order of the pattern. Weights are
        effective weights / 64; with ``weight_exponent``, mantissas.
        """
    def add_rule(self, name: str, **parameters: Unpack[RuleKeys]) -> None:
        """Adds a learning rule: texts ``dw``, ``dd``, ``dt``, or a ``program``."""
    def add_modulator(self, name: str, **parameters: Unpack[ModulatorKeys]) -> None:
        """Adds a modulator channel."""
    def compile(
        self,
        chip: Path,
        *,
        seed: int = 1,
        semantics: str | None = None,
        partitioner: str | None = None,
        placer: str | None = None,
        objective: Literal["traffic", "cores", "hops"] = "traffic",
        effort: Literal["fast", "default", "best"] = "fast",
        placement_seed: int | None = None,
        max_neurons_per_core: int | None = None,
        relays: bool = False,
        rates: Path | None = None,
        threads: int = 1,
    ) -> Image:
        """Maps the network onto a chip: a built-in name (``CHIPS``) or a chip file.

        The same network, chip and options give the image of ``caudate compile``, byte for byte. ``rates`` is a
        folder of results of an earlier run. Raises ``InvalidInput``, or ``DoesNotFit`` with everything that did
        not fit, and what would help.
        """

@final
class Image:
    """A compiled network: all that a run needs besides its input. Equal images compare equal; an image can be
    pickled."""

    @staticmethod
    def load(path: Path) -> Image:
        """Reads an image file; the report of its compilation is not in it."""
    def save(self, path: Path) -> None:
        """Writes an image file, whole or not at all."""
    @staticmethod
    def from_bytes(bytes: bytes, mapping: str | None = None) -> Image: ...
    def to_bytes(self) -> bytes:
        """The image file as bytes."""
    def check(self) -> None:
        """Raises ``CheckFailed`` with everything that is wrong with the image."""
    @property
    def report(self) -> Report | None:
        """What went where, and what quantisation cost; ``None`` for an image from a file."""
    def order(self, network: Network) -> dict[str, npt.NDArray[np.int64]]:
        """The network's own order of the synapses that learn, by projection: where each of them stands among those of
        ``Simulation.weights``. ``network`` is what the image was compiled from."""
    def floorplan(self) -> str | None:
        """The mesh as SVG; ``None`` for an image from a file."""
    @property
    def network(self) -> str: ...
    @property
    def chip(self) -> str: ...
    @property
    def semantics(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def cores(self) -> int:
        """Cores in use."""
    @property
    def neurons(self) -> int: ...
    @property
    def synapses(self) -> int: ...
    @property
    def populations(self) -> dict[str, int]:
        """Sizes of the populations of neurons, by name."""
    @property
    def inputs(self) -> dict[str, int]:
        """Sizes of the input populations, by name."""
    @property
    def projections(self) -> list[str]: ...
    @property
    def channels(self) -> list[str]: ...

@final
class Simulation:
    """An image in motion. Results depend on image and input alone, not on ``threads`` or on how steps are
    divided among calls.

    ``costs`` are names or files of cost profiles, the first of which headlines (``None``: the two of the
    command line; ``[]`` the same). ``timing`` is ``"analytic"`` or ``"detailed"``. ``probes`` names
    populations to record in every step, as a list, or as ``{population: variables}``, or ``{population:
    {"variables": [...], "neurons": [...], "every_steps": 10}}``.

    ``resume`` is a file that ``save`` wrote, of a simulation of the same image, costs, timing and probes: the run goes on
    from there, with any number of ``threads``.

    One thread at a time may use a simulation (``E-SIM-BUSY``); several simulations run in parallel, as the
    interpreter is released while one steps.
    """

    def __init__(
        self,
        image: Image,
        *,
        threads: int = 1,
        costs: Sequence[str] | None = None,
        timing: Literal["analytic", "detailed"] = "analytic",
        probes: str | Sequence[str] | Mapping[str, Any] | None = None,
        resume: Path | None = None,
    ) -> None: ...
    def step(
        self,
        n: int = 1,
        spikes: Mapping[str, SpikeInput] | None = None,
        modulators: Mapping[str, AmountInput] | None = None,
        progress: Any | None = None,
    ) -> Spikes:
        """Runs ``n`` steps and returns what fired in them. Steps of the input count from the first step of the call.

        ``spikes`` has for each input population ``(t, i)``: member ``i[k]`` spikes at step ``t[k]``; or an array
        of bool of shape ``[n, members]``; or whole numbers, the members that spike at the first step.
        ``modulators`` has for each channel what is added to it, -255..255: a number for the first step, an array
        with one for each step, or ``(t, amount)``.

        ``progress`` is an open bar of tqdm's protocol, or what makes one (``progress=tqdm``). Ctrl-C ends the
        call after a whole step; what ran is kept.
        """
    @property
    def now(self) -> int:
        """The first step not yet run."""
    @property
    def spikes(self) -> Spikes:
        """All spikes so far."""
    @property
    def states(self) -> dict[str, dict[str, npt.NDArray[Any]]]:
        """What the probes recorded, by population: ``steps``, ``neurons``, and int64 [steps, neurons] for each
        variable."""
    def state(self, population: str, variable: str) -> npt.NDArray[np.int64]:
        """A state variable of each neuron as it is now: ``u`` or ``v``, or a state word of a program."""
    def weights(self, projection: str, order: npt.ArrayLike | None = None) -> dict[str, npt.NDArray[Any]]:
        """The synapses of a projection that learns, as they are now: ``weight`` (mantissas), ``delay_steps``, and ``tag`` or the state
        words of the rule; sorted by ``pre``, ``post``, or in an ``order`` of ``Image.order``."""
    def set_weights(self, projection: str, weight: npt.ArrayLike, order: npt.ArrayLike | None = None) -> None:
        """Gives the synapses of a projection that learns other weights, between two steps: mantissas in the order of ``weights``, or in an
        ``order`` of ``Image.order``. Traces, tags and delays stay. A mantissa that the chip cannot store is refused, and then nothing is set."""
    @property
    def levels(self) -> dict[str, int]:
        """Levels of the modulator channels in the last step."""
    @property
    def energy(self) -> float:
        """Modelled energy so far in joules, under the first cost profile."""
    @property
    def time(self) -> float:
        """Modelled time so far in seconds, under the first cost profile."""
    def summary(self) -> dict[str, Any]:
        """The numbers of the run: the fields of ``summary.json``."""
    def write(self, folder: Path, plots: bool = False) -> None:
        """Writes the files that ``caudate simulate`` writes; with ``plots`` each chart of the report too."""
    def save(self, path: Path) -> None:
        """Writes a checkpoint, from which ``Simulation(image, resume=path)`` goes on. It holds the state of the chip, spikes and
        probes; not the input given so far, which ``write`` then leaves out."""

@final
class Spikes:
    """What fired over some steps: ``t, i = spikes["cells"]`` are steps (int64, of the run) and members (uint32),
    sorted."""

    def __getitem__(self, population: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]: ...
    def __len__(self) -> int:
        """Spikes of all populations."""
    def counts(self, population: str) -> npt.NDArray[np.int64]:
        """Spikes of each member."""
    def raster(self, population: str) -> npt.NDArray[np.bool_]:
        """Who spiked when, [steps, members]."""
    @property
    def populations(self) -> dict[str, int]:
        """Sizes of the populations of neurons, by name."""
    @property
    def first_step(self) -> int: ...
    @property
    def steps(self) -> int: ...

@final
class Program:
    """A program in microcode. ``name`` is what diagnostics call it. Raises ``InvalidInput`` if the text does not
    assemble."""

    def __init__(self, text: str, name: str = "program.nmx") -> None: ...
    @staticmethod
    def load(path: Path) -> Program:
        """Reads an ``.nmx`` file."""
    @staticmethod
    def library(name: str) -> Program:
        """A program of the library, such as ``"izhikevich"``."""
    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> Literal["neuron", "learn"]: ...
    @property
    def words(self) -> npt.NDArray[np.uint32]: ...
    def explain(self) -> str:
        """Line by line: ranges, rounding, cost, what can saturate."""
    def verify(self) -> dict[str, int]:
        """Raises ``InvalidInput`` with everything that is or may be wrong; else ``words`` and ``worst_case_cycles``."""
    def optimize(self) -> Program:
        """The same to the bit, in fewer words."""

@final
class Rule:
    """A learning rule. ``dialect`` is that of a text without a frame: ``"extended"`` (default), ``"lava"`` or
    ``"b2l"``."""

    def __init__(self, text: str, name: str = "rule.rule", dialect: str | None = None) -> None: ...
    @staticmethod
    def load(path: Path, dialect: str | None = None) -> Rule:
        """Reads a ``.rule`` file."""
    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    def assemble(self) -> Program:
        """The microcode that the rule compiles to."""
    def explain(self) -> str:
        """What became of it, line by line."""
    def verify(self, *, epoch_steps: int = 1, seed: int | None = None, cases: int | None = None) -> dict[str, Any]:
        """Searches for counterexamples to what its author expects: the fields of ``caudate verify rule --json``,
        ``ok``, and ``text`` for people."""

def from_netx(
    path: Path, *, compare: Literal["gt", "ge"] | None = None, layers: tuple[int, int] | None = None
) -> Network:
    """Reads a network of lava-dl (`.net`, HDF5).

    ``compare`` says how v is compared with the threshold (by default as what trained it does); ``layers`` are
    the first and the last layer to take. ``network.imported`` says what was made of it.
    """

def read_nir(
    path: Path,
    *,
    dt: float = 1e-4,
    reset: Literal["auto", "zero", "subtract"] = "auto",
    scale: float | None = None,
    lenient: bool = False,
    fine_weights: bool = False,
) -> Network: ...

@final
class Sweep:
    def __init__(self, sweep: Path, out: Path) -> None: ...
    def next_points(self) -> list[int]: ...
    def run_point(self, point: int) -> None: ...
    def finish(self) -> list[dict[str, Any]]: ...
