"""Programs and rules: assembled, explained, verified."""

import numpy as np
import pytest

import caudate
from conftest import REPOSITORY

EXAMPLES = REPOSITORY / "examples"


@pytest.mark.parametrize("path", sorted((EXAMPLES / "programs").glob("*.nmx")), ids=lambda path: path.stem)
def test_programs_assemble_explain_verify_and_shrink(path):
    program = caudate.Program.load(path)
    assert program.words.dtype == np.uint32 and program.kind in ("neuron", "learn")
    assert program.verify()["words"] == len(program.words)
    assert "cycles" in program.explain()
    assert len(program.optimize().words) <= len(program.words)
    assert program.text == path.read_text() and path.name in repr(program)


def test_a_program_that_is_wrong_is_told_where():
    with pytest.raises(caudate.InvalidInput) as caught:
        caudate.Program(".kind neuron\n  addd r0, r0, r1\n", "mine.nmx")
    assert "mine.nmx:2:" in str(caught.value) and caught.value.diagnostics[0].help
    with pytest.raises(caudate.InvalidInput, match="did you mean"):
        caudate.Program.library("izhikevitch")


def test_rules_compile_and_explain():
    rule = caudate.Rule.load(EXAMPLES / "rules" / "rstdp.rule")
    assert rule.assemble().kind == "learn" and len(rule.assemble().words) > 3
    assert "rstdp" in rule.explain()
    lava = caudate.Rule("2^-2*y0*x1 - 0.3*x0*y1", dialect="lava")
    assert "0.3" in lava.explain()
    with pytest.raises(caudate.InvalidInput, match="E-VERIFY-PROGRAM"):
        lava.assemble()
    with pytest.raises(caudate.InvalidInput, match="did you mean 'lava'"):
        caudate.Rule("y0", dialect="lavva")
    with pytest.raises(caudate.InvalidInput, match="mine.rule:1:"):
        caudate.Rule("state w: u8 dw = z9", "mine.rule")


def test_rules_are_verified():
    broken = caudate.Rule.load(EXAMPLES / "verify" / "sign.rule").verify(cases=200)
    assert not broken["ok"] and "replay: " in broken["text"]
    repaired = caudate.Rule.load(EXAMPLES / "verify" / "sign_repaired.rule").verify(cases=200)
    assert repaired["ok"] and len(repaired["findings"]) == len(broken["findings"])
    with pytest.raises(caudate.InvalidInput, match="1..=63"):
        caudate.Rule.load(EXAMPLES / "rules" / "rstdp.rule").verify(epoch_steps=64)


def test_a_rule_from_text_learns_in_a_network():
    text = """rule "count" dialect=extended {
      state w: u8
      dw = y0*m0  clip 0..255
    }"""
    network = caudate.Network("counted")
    network.add_modulator("go")
    network.add_input("in", 1)
    network.add_population("cell", 1, threshold_mantissa=10, modulators={"m0": "go"})
    network.add_rule("count", program=caudate.Rule(text, "count.rule"))
    network.add_projection("in", "cell", 20, "one-to-one", sign="excitatory", weight_exponent=0, rule="count")
    simulation = caudate.Simulation(network.compile("loihi2"))
    fired = simulation.step(20, spikes={"in": (range(0, 20, 2), [0] * 10)}, modulators={"go": np.full(20, 3)})
    assert simulation.weights("in->cell")["weight"].tolist() == [20 + 3 * len(fired)]
    assert len(fired) > 5
