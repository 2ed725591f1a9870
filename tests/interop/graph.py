"""An exported NIR graph in other tools: `graph.py CAUDATE`. Needs nir and h5py (PyPI); skips, and says so, without.

The package `nir` must read the graph with every shape agreeing, h5py its weights as they are in the network; written again by `nir`, it must
compile to the same neurons and synapses. Spikes of a run must come back through `nir.read_data` as they are in `spikes.npz`.
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

try:
    import h5py
    import nir
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}; `pip install nir` in a virtual environment")
    sys.exit(0)


def main():
    caudate = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        run = lambda *args: subprocess.run([caudate, *args], check=True, cwd=ROOT, stdout=subprocess.PIPE).stdout
        run("export", "examples/netx/network.net", "--step", "1e-3", "-o", path("one.nir"))
        graph = nir.read(path("one.nir"))
        assert graph.check_types()
        kinds = [type(node).__name__ for node in graph.nodes.values()]
        assert kinds.count("CubaLIF") == 2 and "Input" in kinds and "Output" in kinds, kinds
        ends = {end for edge in graph.edges for end in edge}
        assert ends == set(graph.nodes), ends ^ set(graph.nodes)
        with h5py.File(path("one.nir")) as file, h5py.File(os.path.join(ROOT, "examples/netx/network.net")) as lava:
            assert file["version"][()].decode().split(".")[0] == "1", file["version"][()]
            stored = [node["weight"][()] for node in file["node/nodes"].values() if "weight" in node]
            # Delays divide the dense layer among nodes; its inputs are numbered in another order.
            dense = sum(np.abs(weight).sum(1) for weight in stored if len(weight) == 5)
            assert np.array_equal(dense, np.abs(lava["layer/3/weight"][()]).sum(1)), dense
            kernels = np.abs(lava["layer/1/weight"][()]).sum((1, 2, 3))
            assert any(np.array_equal(np.unique(np.abs(weight).sum(1)), np.unique(kernels)) for weight in stored), kernels
        nir.write(path("two.nir"), graph)
        reports = [json.loads(run("compile", path(name), "--chip", "loihi2", "--dt", "1e-3", "-o", path("image"), "--json"))
                   for name in ("one.nir", "two.nir")]
        totals = [report["totals"] for report in reports]
        assert totals[0] == totals[1] and totals[0]["synapses"] > 0, totals
        print(f"nir: {len(graph.nodes)} nodes, {totals[0]['neurons']} neurons, {totals[0]['synapses']} synapses there and back")
        run("run", "examples/nir/experiment.toml", "--out", path("run"), "--quiet")
        run("export-spikes", path("run/spikes.npz"), "--format", "nirdata", "--image", path("run/image.caudate"), "--steps", "400",
            "--dt-ms", "0.1", "-o", path("spikes.h5"))
        data, spikes = nir.read_data(path("spikes.h5")), np.load(path("run/spikes.npz"))
        data.check_nodes(nir.read(os.path.join(ROOT, "examples/nir/network.nir")))
        total = 0
        for name, node in data.nodes.items():
            events = node.observables["spikes"]
            raster = np.zeros((400, events.n_neurons), bool)
            raster[spikes[name + ".t"], spikes[name + ".i"]] = True
            assert np.array_equal(events.to_time_gridded(1e-4).data[0], raster), name
            total += raster.sum()
        assert total > 0 and {name + ".t" for name in data.nodes} == {name for name in spikes.files if name.endswith(".t")}
        nir.write_data(path("again.h5"), data)
        print(f"nir: {total} spikes of {len(data.nodes)} nodes there and back")


main()
