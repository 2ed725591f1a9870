"""Records what SANA-FE 2.2.9 counts on random networks: `python record_sanafe.py > sanafe.json`. Needs `sanafe==2.2.9` and numpy."""
import contextlib
import json
import os
import sys

from random_networks import make, sanafe_chip

NETWORKS = [  # cores, cells per core, fan-out, mean period in steps, seed, steps
    (1, 64, 20, 20, 1, 60), (1, 16, 8, 4, 2, 60),
    (16, 32, 20, 12, 3, 30), (16, 16, 60, 4, 4, 20),
    (64, 16, 20, 12, 5, 20), (64, 16, 40, 5, 6, 10),
    (128, 16, 16, 12, 7, 20), (128, 16, 30, 5, 8, 10),
]


@contextlib.contextmanager
def quiet():
    """The peer reports progress on standard output, below Python's."""
    kept = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)


records = []
for cores, per_core, fan_out, period, seed, steps in NETWORKS:
    record = dict(cores=cores, per_core=per_core, fan_out=fan_out, period=period, seed=seed, steps=steps)
    for model in ("simple", "detailed"):
        with quiet():
            run = sanafe_chip(make(cores, per_core, fan_out, period, seed)).sim(
                steps, timing_model=model, processing_threads=1, perf_trace=True)
        record[f"{model}_seconds"] = run["sim_time"]
    record.update(spikes=run["neurons_fired"], synaptic_events=run["spikes"], packets=run["packets_sent"],
                  neuron_updates=run["neurons_updated"], hops=int(sum(run["perf_trace"]["hops"])),
                  energy_joules={key: run["energy"][key] for key in ("total", "synapse", "soma", "network")})
    records.append(record)
print(json.dumps(dict(tool="SANA-FE 2.2.9", description="arch/loihi.yaml, dense synapses", networks=records), indent=1))
