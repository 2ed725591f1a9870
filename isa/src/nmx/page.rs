//! `docs/isa.md`: the page of the instruction set, written from the table, so that the two cannot differ.

use super::operand::{Kind, Source, Special};
use super::slot::Slot;
use super::table::{Availability, Entry, Predication, TABLE};
use super::{lookup, program};
use std::fmt::Write;

/// The page, in Markdown.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(MACHINE);
    page.push_str(&encoding());
    page.push_str(&instructions());
    page.push_str(ROUNDING);
    page.push_str(&specials());
    page.push_str(STATE);
    let (segments, span) = (1_u32 << lookup::MAX_SEGMENTS_LOG2, lookup::MAX_SPAN_BITS);
    let _ = write!(
        page,
        "{LOOKUP}A table has at most {segments} segments and spans at most {span} bits of input (k + shift).\n\n"
    );
    page.push_str(COST);
    page
}

const MACHINE: &str = "\
<!-- Generated from the instruction table in isa/src/nmx; `UPDATE_DOCS=1 cargo test -p caudate-isa page` writes it anew. -->
# The instruction set nmx

nmx is the microcode of neurons and learning rules. A program of kind `neuron` runs once per compartment and step, a program of kind
`learn` once per synapse and epoch or event. It is Loihi-style, and imitates no chip: the microcode of Loihi 2 is not public.

What a program can name:

| name | what | access |
|---|---|---|
| `r0`..`r15` | scratch registers, undefined at entry | read, write |
| `s0`..`s15` | state words, which live from run to run; programs give them names | read, write |
| `k0`..`k15` | parameters, one value per group or per compartment; programs give them names | read |
| specials | inputs of the run, listed below | read |
| `p1`..`p3` | predicates, undefined at entry | written by `cmp`, read by `@p` and `sel` |

Every value is a 32-bit signed integer. There is no branch, no loop, no call, no load and no store. A run begins with the first word
and ends after the last or at an `xit` that takes effect. A result beyond 32 bits is clamped and counted; programs cannot see the
count.

";

const ROUNDING: &str = "\
## Rounding

`R(P, sh, rm)` is the exact 64-bit value P divided by 2^sh, rounded as the suffix says. `mul`, `mac` and `msc` round the product once and
saturate once, after the accumulator. A product with `sh` = 0 is not rounded and must have the suffix `f`, or none.

| suffix | rounds |
|---|---|
| `f` | toward minus infinity: `P >> sh` |
| `z` | toward zero: `sign(P) * (\\|P\\| >> sh)` |
| `a` | away from zero: `sign(P) * ceil(\\|P\\| / 2^sh)` |
| `n` | to the nearest, ties to even |
| `s` | at random: `(P + u) >> sh`, u uniform in 0..2^sh, so that the mean is P / 2^sh exactly |

u is the low sh bits of the draw. A draw is a function of the seed, the logical entity, the step and the index of the word, so
it depends neither on other words nor on mapping, threads or order; its formula and test values are in [The step](model.md#random-draws).

";

const STATE: &str = "\
## State words

A state word is declared with a storage width, `i1`..`i32` signed or `u1`..`u31` unsigned. It is extended when a run begins. When the run
ends, whether at an `xit` or after the last word, each state word that the program writes anywhere is clamped to its width and stored;
a clamp is counted. Two masks of 16 bits follow from the words, and say what a run moves:

- *read*: a word that is read before it is surely written, or that is stored without being surely written;
- *write*: a word that any instruction writes.

An instruction surely writes if it has no predicate (other than one that chooses, in `sel`) and no `xit` comes before it.

## Compartment stack

Compartments of a neuron run children first. A child pushes, its parent pops. `psh` and `pop` have no predicate, and the verifier
checks that a tree of compartments leaves the stack as it found it. A pop from an empty stack gives 0 and is counted.

";

const LOOKUP: &str = "\
## Lookup tables

`lut` evaluates a piecewise-linear function on 2^k segments of width 2^shift, given by 2^k + 1 points:

```text
offset   = clamp(x - lo, 0, 2^(k + shift))
segment  = offset >> shift
fraction = offset mod 2^shift
y        = point[segment] + R((point[segment + 1] - point[segment]) * fraction, shift, z)
```

Beyond its ends the function is constant. The difference and the product are exact in 64 bits, so y lies between the two points of its
segment and a lookup never saturates. Sampled from a function f with |f''| <= M, its points rounded to the nearest, a table is off by
at most M * 4^shift / 8 (chord) + 1/2 (points) + 1 (slope).

In memory: a word with shift in bits 4..0 and k in bits 11..8, a word with lo, then the points.

";

const COST: &str = "\
## Cost

An instruction costs its cycles whether its predicate holds or not. A run costs the sum up to and with the `xit` taken; its worst
case is the sum over all words. The words of the two masks are charged apart, one by one.
";

fn encoding() -> String {
    let mut text = String::from(
        "## Encoding\n\nOne word of 32 bits per instruction:\n\n```text\n 31    27 26   24 23      19 18       13 12        7 6         0\n\
         [ opcode ][ pred ][   dst   ][    a     ][    b     ][    c    ]\n```\n\n\
         The predicate is 0 (always), 1..3 (`@p1`..`@p3`) or 5..7 (`@!p1`..`@!p3`). Bits that no operand of the\ninstruction uses are 0; \
         any other word is an error. A word is thus the one encoding of its instruction.\n\n| operand | bits | codes |\n|---|---|---|\n",
    );
    let mut seen: Vec<Slot> = Vec::new();
    for operand in TABLE.iter().flat_map(|entry| entry.operands) {
        if !seen.contains(&operand.slot) {
            seen.push(operand.slot);
        }
    }
    for slot in seen {
        let (low, count) = slot.place();
        let _ = writeln!(text, "| {} | {}..{low} | {} |", slot_name(slot), low + count - 1, codes(slot));
    }
    let _ = write!(text, "\nA program has at most {} words.\n\n", program::MAX_WORDS);
    text
}

/// The name of a slot, with what tells it from others of that name.
fn slot_name(slot: Slot) -> String {
    let of = TABLE.iter().filter(|entry| entry.operands.iter().any(|operand| operand.slot == slot));
    let mnemonics: Vec<String> = of.map(|entry| format!("`{}`", entry.mnemonic)).collect();
    match slot {
        Slot::Dst | Slot::A | Slot::B => slot.name().to_owned(),
        _ => format!("{} of {}", slot.name(), mnemonics.join(", ")),
    }
}

fn codes(slot: Slot) -> String {
    match slot {
        Slot::Dst => "0..15 `r`, 16..31 `s`".to_owned(),
        Slot::Acc => "as the destination, which is also read".to_owned(),
        Slot::A | Slot::B => "0..15 `r`, 16..31 `s`, 32..47 `k`, 48..63 specials".to_owned(),
        Slot::Width => "bits 12..7: width 1..31; bits 6..0: 0 signed, 1 unsigned".to_owned(),
        Slot::Flag => "1..3".to_owned(),
        _ => match (slot.suffixes(), slot.numbers()) {
            (Some(names), _) => {
                let named = names.iter().enumerate().map(|(code, name)| match *name {
                    "" => format!("{code} no suffix"),
                    name => format!("{code} `.{name}`"),
                });
                named.collect::<Vec<_>>().join(", ")
            }
            (None, Some(range)) => format!("{}..{}", range.start(), range.end()),
            (None, None) => String::new(),
        },
    }
}

fn instructions() -> String {
    let mut text = String::from(
        "## Instructions\n\n`sat` clamps to 32 bits signed and counts a clamp. Suffixes in brackets may be left out; without one, rounding is \
         `f`.\n\n| opcode | syntax | computes | cycles | for |\n|---|---|---|---|---|\n",
    );
    for entry in TABLE {
        let note = match (entry.availability, entry.predication) {
            (Availability::Neuron, Predication::Never) => " Neuron programs only; no predicate.",
            (Availability::Neuron, _) => " Neuron programs only.",
            (Availability::Any, Predication::Never) => " No predicate.",
            (Availability::Any, Predication::Selector) => " Needs a predicate, which chooses.",
            (Availability::Any, Predication::Optional) => "",
        };
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} | {}{note} |",
            entry.opcode as u8,
            syntax(entry),
            entry.semantics.replace('|', "\\|"),
            entry.cost.cycles(),
            entry.doc.trim()
        );
    }
    text.push_str("\nOpcodes 24..31 are reserved.\n\n");
    text
}

/// How the instruction is written: `mul[.rm] d, a, b, sh`.
fn syntax(entry: &Entry) -> String {
    let mut text = String::new();
    if entry.predication == Predication::Selector {
        text.push_str("@p ");
    }
    text.push_str(entry.mnemonic);
    let mut separator = " ";
    for operand in entry.operands {
        if operand.slot.suffixes().is_none() {
            let _ = write!(text, "{separator}{}", operand.name);
            separator = ", ";
        } else if operand.slot.has_default_suffix() {
            let _ = write!(text, "[.{}]", operand.name);
        } else {
            let _ = write!(text, ".{}", operand.name);
        }
    }
    text
}

fn specials() -> String {
    let mut text = String::from(
        "## Specials\n\nInputs that a run finds; other codes of this range are reserved.\n\n| code | `neuron` | values | `learn` | values |\n|---|---|---|---|---|\n",
    );
    for special in (0..16).filter_map(Special::new) {
        let cell = |kind: Kind| match (special.name(kind), special.values(kind)) {
            (Some(name), Some(values)) => format!("`{name}` | {}..{}", values.start(), values.end()),
            _ => "reserved |".to_owned(),
        };
        let code = Source::Special(special).index();
        let _ = writeln!(text, "| {code} | {} | {} |", cell(Kind::Neuron), cell(Kind::Learn));
    }
    text.push_str(
        "\n`i0`..`i3` are dendritic accumulators. `x0` and `y0` say whether the neuron before and after the synapse spiked; the others are\n\
         its traces, advanced by the trace engine, here in the seven bits of a Loihi-style one. `m0`..`m3` are modulators. `t` is the step, its low\n\
         31 bits; in rule text, `t` is the tag.\n\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_book_is_the_generated_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/isa.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(found == page(), "docs/isa.md differs from the instruction table; run this test with UPDATE_DOCS=1");
    }

    #[test]
    fn syntax_shows_what_may_be_left_out() {
        let of = |mnemonic| TABLE.iter().find(|entry| entry.mnemonic == mnemonic).map(syntax).unwrap();
        assert_eq!(of("mul"), "mul[.rm] d, a, b, sh");
        assert_eq!(of("cmp"), "cmp.condition[.combine] p, a, b");
        assert_eq!(of("sel"), "@p sel d, a, b");
        assert_eq!(of("xit"), "xit");
    }
}
