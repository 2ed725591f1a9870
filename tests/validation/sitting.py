"""What measurements of one sitting share: networks of `caudate bench`, timed several times in turn, and a line about the machine."""
import json
import os
import platform
import statistics
import subprocess


def output(command):
    """What a command prints; where it fails, the whole sitting ends with what it says."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except OSError as error:
        raise SystemExit(f"{command[0]} does not run: {error}") from error
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{' '.join(command)} failed: {error.stderr.strip()}") from error


def measure(caudate, nets, repeats):
    """Medians of `caudate bench` by network; each of `nets` is a line of arguments. They run in turn, so that a disturbance hits all."""
    runs = {net: [] for net in nets}
    for _ in range(repeats):
        for net, own in runs.items():
            own.append(json.loads(output([caudate, "bench", *net.split(), "--json"])))
    for net, own in runs.items():
        assert len({one["checksum"] for one in own}) == 1, f"{net} is not the same twice"
    return {net: own[0] | {key: statistics.median(one[key] for one in own) for key in own[0] if isinstance(own[0][key], (int, float))}
            for net, own in runs.items()}


def machine(caudate):
    """Tool, processor, caches and load."""
    version, model, caches = output([caudate, "--version"]).strip(), platform.machine(), ""
    try:
        facts = json.loads(subprocess.run(["lscpu", "--json"], capture_output=True, text=True, check=True).stdout)["lscpu"]
        facts = {fact["field"].rstrip(":"): fact["data"] for fact in facts}
        model = facts.get("Model name", model)
        caches = "".join(f", {level} {facts[f'{level} cache']}" for level in ("L1d", "L2", "L3") if f"{level} cache" in facts)
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError):
        pass  # not every system has `lscpu`
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{version}; {os.cpu_count()} processors, {model}{caches}; load {load}"
