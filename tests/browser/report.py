"""Opens reports in headless Chromium: `report.py CAUDATE [CHROMIUM]`. Needs the standard library alone.

Checks that the page's script ran, that nothing was logged as an error, that nothing was requested from anywhere, and that each chart has as
many marks as the run's own files say.
"""
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from html.parser import HTMLParser

CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--virtual-time-budget=3000",
]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Charts(HTMLParser):
    """Marks of each chart, as drawn and as stated; and how many have something to say on hover."""

    def __init__(self):
        super().__init__()
        self.chart, self.depth, self.drawn, self.stated, self.tips, self.links = None, 0, {}, {}, 0, []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tips += "data-tip" in attributes
        self.links += [value for name, value in attributes.items() if name in ("src", "href") and not value.startswith("data:")]
        if tag == "svg":
            if "data-chart" in attributes:
                self.chart, self.depth = attributes["data-chart"], 0
                self.stated[self.chart], self.drawn[self.chart] = int(attributes["data-marks"]), 0
            self.depth += 1
        elif self.chart and attributes.get("class", "").startswith("mark"):
            lined = "lined" in attributes["class"]
            path = attributes.get("d", "")
            self.drawn[self.chart] += 1 if tag != "path" else path.count("H") if lined else path.count("M")

    def handle_endtag(self, tag):
        if tag == "svg" and self.chart:
            self.depth -= 1
            if self.depth == 0:
                self.chart = None


def npz(path):
    """One-dimensional arrays of unsigned whole numbers."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            length = int.from_bytes(data[8:10], "little")
            head = ast.literal_eval(data[10:10 + length].decode("latin1"))
            size = int(head["descr"][-1])
            body = data[10 + length:]
            arrays[name.removesuffix(".npy")] = [
                int.from_bytes(body[k:k + size], "little") for k in range(0, len(body), size)]
    return arrays


def opened(chromium, page):
    """The charts of a page as the browser shows it."""
    with tempfile.TemporaryDirectory() as profile:
        log = os.path.join(profile, "net.json")
        run = subprocess.run(
            [chromium, *CHROMIUM, f"--user-data-dir={profile}/user", f"--log-net-log={log}", "--dump-dom", "file://" + page],
            capture_output=True, text=True, timeout=120)
        with open(log) as file:
            urls = set(re.findall(r'"url":"((?:https?|wss?|ftp)[^"]*)"', file.read()))
    # The browser asks its maker for updates whatever it opens; the page names no such host, and its policy lets nothing load.
    with open(page) as file:
        html = file.read()
    assert "google" not in html and "default-src 'none'" in html
    requests = sorted(url for url in urls if not re.match(r"https?://[a-z0-9.-]+\.google(apis)?\.com/", url))
    complaints = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
    assert not complaints, complaints
    assert not requests, requests
    charts = Charts()
    charts.feed(run.stdout)
    assert not charts.links, charts.links
    assert charts.tips > 0, "the script did not run"
    assert charts.drawn == charts.stated, (charts.drawn, charts.stated)
    return charts.drawn


def raster_cells(folder, summary):
    """Cells of the raster that hold a spike, counted from spikes.npz."""
    spikes, sizes = npz(os.path.join(folder, "spikes.npz")), [own["size"] for own in summary["populations"]]
    total, steps, first, cells = sum(sizes), summary["steps"], 0, set()
    per_row, columns = max(1, -(-total // 128)), min(240, steps)
    for own in summary["populations"]:
        for t, i in zip(spikes[own["name"] + ".t"], spikes[own["name"] + ".i"]):
            cells.add((t * columns // steps, (first + i) // per_row))
        first += own["size"]
    return len(cells)


def check_run(caudate, chromium, arguments, folder):
    subprocess.run([caudate, "run", *arguments, "--out", folder, "--plots", "--quiet"], check=True, cwd=ROOT,
                   stdout=subprocess.DEVNULL)
    page = os.path.join(folder, "report.html")
    assert os.path.getsize(page) <= 2_000_000, os.path.getsize(page)
    charts = opened(chromium, page)
    read = lambda name: json.load(open(os.path.join(folder, name)))
    summary, report = read("summary.json"), read("report.json")
    # A bin holds as many steps as keep the bins at no more than 1024.
    bins, per_bin = summary["steps"], 1
    while bins > 1024:
        per_bin *= 2
        bins = -(-summary["steps"] // per_bin)
    profiles = len(summary["costs"])
    expected = {
        "raster": raster_cells(folder, summary),
        "power": bins * profiles,
        "step-time": bins * profiles,
        "components": sum(part > 0 for cost in summary["costs"] for part in cost["energy_fj"].values()),
        "fill": sum(own["limit"] not in (0, "unlimited") for own in report["mapping"]["resources"]),
    }
    if "samples" in summary:
        expected["learning"] = min(80, -(-summary["samples"] // -(-summary["samples"] // 80)))
    for name, count in expected.items():
        assert charts[name] == count, (name, charts[name], count)
    assert charts["floor"] >= summary["cores"] and charts["bounds"] > 0 and charts["populations"] > 0, charts
    plots = sorted(os.listdir(os.path.join(folder, "plots")))
    assert plots == sorted(name + ".svg" for name in charts), plots
    return charts


def check_sweep(caudate, chromium, folder):
    sweep = os.path.join(folder, "sweep.toml")
    with open(sweep, "w") as file:
        file.write(f"""name = "small"
experiment = "{ROOT}/examples/balanced/experiment.toml"

[[axis]]
key = "experiment.steps"
values = [20, 40]

[[axis]]
key = "chip.core.compartments"
values = [0, 64, 1024]
""")
    out = os.path.join(folder, "out")
    subprocess.run([caudate, "explore", sweep, "-o", out, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    charts = opened(chromium, os.path.join(out, "report.html"))
    points = json.load(open(os.path.join(out, "results.json")))["points"]
    done = sum(point["status"] == "done" for point in points)
    assert len(points) == 6 and done == 4, points
    assert charts and all(marks == done for marks in charts.values()), charts
    return charts


def main():
    caudate = os.path.abspath(sys.argv[1])
    chromium = sys.argv[2] if len(sys.argv) > 2 else "chromium"
    with tempfile.TemporaryDirectory() as scratch:
        for name, arguments in (
            ("digits", ["examples/digits/experiment.toml"]),
            ("balanced", ["examples/balanced/experiment.toml", "--timing", "detailed"]),
        ):
            print(name, check_run(caudate, chromium, arguments, os.path.join(scratch, name)))
        print("sweep", check_sweep(caudate, chromium, scratch))


main()
