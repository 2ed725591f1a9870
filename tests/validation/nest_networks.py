"""The benchmark networks that NEST has too: `nest_networks.py NET MS [REPEATS]` runs 100 ms and then REPEATS times MS, and prints one JSON object.

Needs `nest-simulator==3.10.0`. Wall and CPU time are those of each run alone. Connections have a fixed in-degree where Caudate and Brian2 draw
each pair, but for `cuba`; in `sparse` neurons spike when a strong outside event comes, as an input of Caudate does.
"""
import json
import sys
import time

sys.argv.insert(1, "--quiet")
import nest  # noqa: E402  (reads the arguments)
import numpy as np  # noqa: E402

WARM_UP_MS = 100
DELAY_MS = 1.5
CELL = dict(C_m=1.0, tau_m=20.0, t_ref=2.0, E_L=0.0, V_reset=0.0, V_m=0.0, V_th=20.0)


def cells(count, drive_mv):
    """Leaky cells with instantaneous synapses that a constant drive would bring to `drive_mv`."""
    group = nest.Create("iaf_psc_delta", count, params=CELL)
    group.V_m = list(np.random.default_rng(1).uniform(0, 20, count))
    group.I_e = drive_mv / CELL["tau_m"]
    return group


def connect(source, target, in_degree, weight, **synapse):
    nest.Connect(source, target, {"rule": "fixed_indegree", "indegree": in_degree}, {"weight": weight, "delay": DELAY_MS, **synapse})


def adc():
    group = cells(10_000, 40)
    connect(group[:8000], group, 800, 0.1)
    connect(group[8000:], group, 200, -0.5)
    return group


def cuba():
    group = nest.Create("iaf_psc_exp", 4000, params=dict(
        C_m=200.0, tau_m=20.0, t_ref=5.0, E_L=-49.0, V_reset=-60.0, V_th=-50.0, tau_syn_ex=5.0, tau_syn_in=10.0))
    group.V_m = list(np.random.default_rng(1).uniform(-60, -50, 4000))
    pa_per_mv = 10.0
    for source, weight in ((group[:3200], 1.62), (group[3200:], -9.0)):
        nest.Connect(source, group, {"rule": "pairwise_bernoulli", "p": 0.02}, {"weight": weight * pa_per_mv, "delay": 0.1})
    return group


def plastic(**synapse):
    group = cells(5000, 36)
    excitatory, inhibitory = group[:4000], group[4000:]
    connect(excitatory, excitatory, 250, 0.4, **synapse)
    connect(excitatory, inhibitory, 250, 0.4)
    connect(inhibitory, group, 60, -2.0)
    return group


def stdp():
    nest.SetDefaults("stdp_synapse", dict(tau_plus=20.0, alpha=1.05, mu_plus=0.0, mu_minus=0.0, Wmax=0.8) | {"lambda": 1e-4})
    return plastic(synapse_model="stdp_synapse")


def dastdp():
    volume, dopamine = nest.Create("volume_transmitter"), nest.Create("parrot_neuron", 10)
    drive = nest.Create("poisson_generator", params={"rate": 100.0})
    nest.Connect(drive, dopamine)
    nest.Connect(dopamine, volume)
    nest.SetDefaults("stdp_dopamine_synapse", dict(
        A_plus=1e-4, A_minus=1.05e-4, tau_plus=20.0, tau_c=200.0, tau_n=100.0, b=0.0, Wmin=0.0, Wmax=0.8, volume_transmitter=volume))
    return plastic(synapse_model="stdp_dopamine_synapse")


def sparse():
    group = nest.Create("iaf_psc_delta", 100_000, params=CELL)
    outside = nest.Create("poisson_generator", params={"rate": 0.5})
    nest.Connect(outside, group, syn_spec={"weight": 25.0, "delay": 1.0})
    nest.Connect(group, group, {"rule": "fixed_outdegree", "outdegree": 100}, {"weight": 0.5, "delay": 2.0})
    return group


NETWORKS = {"adc": adc, "cuba": cuba, "stdp": stdp, "dastdp": dastdp, "sparse": sparse}


def main(name, milliseconds, repeats=3):
    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.SetKernelStatus({"resolution": 1.0 if name == "sparse" else 0.1, "local_num_threads": 1, "rng_seed": 12345})
    group = NETWORKS[name]()
    nest.Prepare()
    nest.Run(WARM_UP_MS)
    spikes, walls, cpus = 0, [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        nest.Run(milliseconds)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        spikes += nest.GetKernelStatus("local_spike_counter")  # of this run alone
    model_s = milliseconds / 1000
    print(json.dumps(dict(tool=f"NEST {nest.__version__}", model_s=model_s, wall_s=walls, cpu_s=cpus,
                          rate_hz=spikes / len(group) / model_s / repeats)))


if __name__ == "__main__":
    main(sys.argv[2], float(sys.argv[3]), *map(int, sys.argv[4:]))
