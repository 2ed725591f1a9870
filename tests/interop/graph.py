"""An exported NIR graph in other tools: `graph.py CAUDATE`. Needs nir and h5py (PyPI); skips, and says so, without.

The package `nir` must read the graph with every shape agreeing, h5py its weights as they are in the network; written again by `nir`, it must
compile to the same neurons and synapses.
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


main()
