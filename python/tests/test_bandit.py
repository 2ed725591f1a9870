"""The example learns, and it is dopamine that teaches it."""

import bandit
import numpy as np
import pytest

SEEDS = range(6)


def share_of_best(pays, **options):
    """How often the best arm was chosen in the last 50 trials, by seed."""
    return np.array([(bandit.play(seed, pays, **options)[0][-50:] == np.argmax(pays)).mean() for seed in SEEDS])


@pytest.mark.parametrize("best", range(4))
def test_it_finds_the_arm_that_pays(best):
    pays = [0.2] * 4
    pays[best] = 0.8
    shares = share_of_best(pays)
    assert np.median(shares) >= 0.9 and shares.min() >= 0.5, shares


def test_without_dopamine_it_does_not():
    shares = share_of_best(bandit.PAYS, gain=0)
    assert shares.mean() <= 0.5, shares


def test_a_run_is_reproducible():
    first, second = bandit.play(3, trials=50), bandit.play(3, trials=50)
    assert first[0].tolist() == second[0].tolist()
    assert first[1].summary() == second[1].summary()
