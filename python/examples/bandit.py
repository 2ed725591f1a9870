"""A bandit with four arms: spikes choose an arm, dopamine says whether that was better than expected, synapses learn on chip."""

import numpy as np

import caudate

PAYS = [0.2, 0.2, 0.8, 0.2]  # probability of a reward, by arm
CUES, ARMS, STEPS = 20, len(PAYS), 20


def build(seed):
    network = caudate.Network("bandit")
    network.add_modulator("dopamine")  # its level lasts one step
    network.add_input("cue", CUES)
    network.add_input("noise", ARMS)
    network.add_population(
        "arms", ARMS, voltage_tau_steps=10, threshold_mantissa=600, refractory_steps=2, modulators={"m0": "dopamine"}
    )
    # Pairs of spikes mark a synapse, the mark fades, and dopamine turns it into weight.
    network.add_rule("reward", dt="2^0*x1*y0 - 2^-4*u0*t", dw="2^-2*u0*m0*t", x1={"impulse": 16, "tau_steps": 5})
    network.add_projection("cue", "arms", np.full((CUES, ARMS), 30), sign="excitatory", rule="reward")
    network.add_projection("noise", "arms", 150, "one-to-one")
    network.add_projection("arms", "arms", -255, {"rule": "all-to-all", "self_connections": False}, weight_exponent=2)
    return network.compile("loihi2", seed=seed)


def play(seed, pays=PAYS, trials=300, gain=60):
    random = np.random.default_rng(seed)
    simulation = caudate.Simulation(build(seed))
    expected, choices = 0.0, []
    for _ in range(trials):
        cue, noise = random.random((STEPS, CUES)) < 0.2, random.random((STEPS, ARMS)) < 0.3
        counts = simulation.step(STEPS, spikes={"cue": cue, "noise": noise}).counts("arms")
        arm = int(np.argmax(counts + random.random(ARMS)))  # a tie is broken at random
        error = (random.random() < pays[arm]) - expected
        expected += 0.05 * error
        simulation.step(STEPS, modulators={"dopamine": round(gain * error)})
        choices.append(arm)
    return np.array(choices), simulation


if __name__ == "__main__":
    choices, simulation = play(seed=1)
    best = choices == np.argmax(PAYS)
    print(f"best arm: {best[:50].mean():.0%} of the first 50 trials, {best[-50:].mean():.0%} of the last 50")
    print(f"{simulation.energy * 1e6:.1f} uJ and {simulation.time * 1e3:.2f} ms on a chip, modelled")
