"""Exported SONATA spikes in other tools: `sonata.py CAUDATE`. Needs libsonata, neo, elephant and quantities (PyPI); skips, and says so, without.

libsonata must read back every spike of a run; Neo and Elephant make a histogram of the intervals between them, which must be those of the run.
"""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DT_MS = 0.5

try:
    import elephant.statistics
    import libsonata
    import neo
    import numpy as np
    import quantities as pq
except ImportError as error:
    print(f"skipped: {error}; `pip install libsonata neo elephant` in a virtual environment")
    sys.exit(0)


def main():
    caudate = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        run, exported = os.path.join(folder, "run"), os.path.join(folder, "spikes.h5")
        quiet = dict(check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        subprocess.run([caudate, "run", "examples/balanced/experiment.toml", "--out", run, "--quiet"], **quiet)
        spikes = os.path.join(run, "spikes.npz")
        subprocess.run([caudate, "export-spikes", spikes, "--format", "sonata", "--dt-ms", str(DT_MS), "-o", exported], **quiet)
        own = np.load(spikes)
        populations = sorted(name[:-2] for name in own.files if name.endswith(".t"))
        reader = libsonata.SpikeReader(exported)
        assert sorted(reader.get_population_names()) == populations, reader.get_population_names()
        total = intervals = 0
        for name in populations:
            steps, members = own[name + ".t"], own[name + ".i"]
            read = sorted((time, node) for node, time in reader[name].get())
            assert read == sorted(zip((steps * DT_MS).tolist(), members.tolist())), name
            total += len(read)
            stop = (int(steps.max()) + 1) * DT_MS * pq.ms
            gaps = []
            for member in np.unique(members):
                train = neo.SpikeTrain(np.array([time for time, node in read if node == member]) * pq.ms, t_stop=stop)
                gaps.extend(elephant.statistics.isi(train).rescale("ms").magnitude)
            histogram, _ = np.histogram(gaps, bins=50)
            assert histogram.sum() == len(steps) - len(np.unique(members)), name
            intervals += int(histogram.sum())
        assert total > 1000 and intervals > 100, (total, intervals)
        print(f"sonata: {total} spikes of {len(populations)} populations, {intervals} intervals between them")


main()
