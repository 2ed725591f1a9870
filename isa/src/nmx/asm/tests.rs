use super::*;
use crate::nmx::encode::Instruction;
use crate::nmx::operand::Kind;
use proptest::prelude::*;

fn word(kind: &str, line: &str) -> Instruction {
    let text = format!(".kind {kind}\n.state v i24\n.param g i16 5\n.table ramp 0 4 0 16\n{line}\n");
    let program = assemble("text", &text).map_err(|all| all[0].to_string()).unwrap().program;
    assert_eq!(program.words.len(), 1, "{line}");
    program.instructions().unwrap()[0]
}

#[test]
fn blanks_comments_and_ends_of_lines_mean_nothing() {
    let plain = word("neuron", "@!p1 mul.n v, v, g, 12");
    for line in ["  @!p1\tmul.n   v,v,g,12 ; decay", "@ ! p1 mul .n v , v , g , 12\r", "@!p1 mul.n v, s0, k0, 0x0c"] {
        assert_eq!(word("neuron", line), plain, "{line}");
    }
}

#[test]
fn suffixes_come_in_any_order_and_defaults_may_be_written() {
    assert_eq!(word("neuron", "cmp.and.gt p1, v, g"), word("neuron", "cmp.gt.and p1, v, g"));
    assert_eq!(word("neuron", "mul.f v, v, g, 3"), word("neuron", "mul v, v, g, 3"));
    assert_eq!(word("neuron", "mul.f v, v, g, 0"), word("neuron", "mul v, v, g, 0"));
    assert_eq!(word("neuron", "spk v"), word("neuron", "spk v, 0"));
    assert_eq!(word("neuron", "lut v, v, ramp"), word("neuron", "lut v, v, 0"));
}

#[test]
fn declarations_may_follow_their_use() {
    let text = "mov v, g\n.require v <= g\n.param g i8 3\n.state v i8 -4 3 sat\n.budget 1_0\n.kind learn\n";
    let program = assemble("text", text).unwrap().program;
    assert_eq!((program.kind, program.budget, program.states[0].range), (Kind::Learn, Some(10), Some((-4, 3))));
    assert!(program.states[0].saturates);
    assert_eq!(program.requirements.len(), 1);
}

#[test]
fn points_of_a_table_go_on_on_lines_of_numbers() {
    let text = ".kind neuron\n.table ramp -8 2 1 2\n 3 ; the third\n\n-4 0x5\n";
    let program = assemble("text", text).unwrap().program;
    assert_eq!(program.tables[0].table.points(), [1, 2, 3, -4, 5]);
}

#[test]
fn accepted_saturations_are_kept_by_index_of_word() {
    let text = ".kind neuron\n.state v i32\nmov v, i0\nadd v, v, v !sat\n";
    let program = assemble("text", text).unwrap().program;
    assert_eq!(program.accepted_saturations.into_iter().collect::<Vec<_>>(), [1]);
}

#[test]
fn places_are_those_of_the_text() {
    let text = ".kind neuron\n.state v i24 sat\n\n@!p2 add  v, v,\ti0 ; drive\n";
    let source = assemble("text", text).unwrap().source;
    let slice = |span: std::ops::Range<usize>| &text[span];
    assert_eq!(slice(source.whole(0)), "@!p2 add  v, v,\ti0");
    assert_eq!(slice(source.predicate(0)), "@!p2");
    assert_eq!(slice(source.operand(0, 2)), "i0");
    assert_eq!(slice(source.state(0)), ".state v i24 sat");
    assert_eq!(source.line_number(0), 4);
    assert_eq!(source.word_text(0), "@!p2 add v, v, i0");
}

#[test]
fn too_much_of_anything_is_one_error() {
    let codes = |text: &str| -> Vec<&str> { assemble("text", text).unwrap_err().iter().map(|d| d.code).collect() };
    assert_eq!(codes(&" ".repeat(MAX_TEXT_BYTES + 1)), ["N0314"]);
    assert_eq!(codes(&format!(".kind learn\n{}", "nop\n".repeat(258))), ["N0336"]);
    let many = codes(&"oops\n".repeat(1000));
    assert_eq!((many.len(), many.last()), (MAX_DIAGNOSTICS + 1, Some(&"N0314")));
}

/// Texts near the language: words of it in any order.
fn near_text() -> impl Strategy<Value = String> {
    let words = [
        ".kind",
        "neuron",
        "learn",
        ".state",
        ".param",
        ".table",
        ".require",
        ".budget",
        "v",
        "g",
        "i24",
        "u8",
        "sat",
        "12",
        "-5",
        "0x",
        "add",
        "mul.n",
        "cmp.gt",
        "sel",
        "psh",
        "spk",
        "lut",
        "bit",
        "@p1",
        "@!p2",
        "@",
        "!",
        "!sat",
        ",",
        ",",
        ".",
        ";",
        "<=",
        "=",
        "r0",
        "s0",
        "k99",
        "y1",
        "i0",
        "\n",
        "\n",
        " ",
        "99999999999999999999",
        "\u{e9}",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..60).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn any_text_assembles_or_is_refused_with_help(text in prop_oneof!["\\PC{0,60}", "(.|\n){0,60}", near_text()]) {
        if let Err(diagnostics) = assemble("text", &text) {
            prop_assert!(!diagnostics.is_empty());
            for diagnostic in diagnostics {
                prop_assert!(diagnostic.help.is_some(), "{}", diagnostic);
            }
        }
    }
}
