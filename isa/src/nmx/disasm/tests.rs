use super::*;
use crate::nmx::arbitrary::{Random, legal_program, legal_word};
use crate::nmx::asm::assemble;
use crate::nmx::lookup::LookupTable;
use crate::nmx::operand::Condition;
use crate::nmx::program::{MAX_DECLARED, MAX_WORDS, ParameterDeclaration, StateDeclaration, TableDeclaration};
use crate::nmx::table::Opcode;

/// All that can be declared, so that every legal word is a legal program.
fn declared(kind: Kind, has_names: bool) -> Program {
    let name = |letter: &str, index: usize| has_names.then(|| format!("{letter}_{index}"));
    let all = 0..MAX_DECLARED;
    let table = LookupTable::new(-4, 2, vec![3, 1, 4]).unwrap();
    let state =
        |index| StateDeclaration { name: name("state", index), of: StateType::I32, range: None, saturates: false };
    Program {
        states: all.clone().map(state).collect(),
        parameters: all
            .clone()
            .map(|index| ParameterDeclaration { name: name("gain", index), of: StateType::I32, value: index as i32 })
            .collect(),
        tables: all.map(|index| TableDeclaration { name: name("curve", index), table: table.clone() }).collect(),
        ..Program::new(kind)
    }
}

fn reassembled(text: &str) -> Program {
    match assemble("text", text) {
        Ok(assembly) => assembly.program,
        Err(diagnostics) => panic!("{}\n{text}", diagnostics[0]),
    }
}

#[test]
fn assembling_undoes_disassembling_on_a_million_legal_words() {
    let mut random = Random::new(3);
    for kind in Kind::ALL {
        for has_names in [true, false] {
            for _ in 0..250_000 / MAX_WORDS + 1 {
                let mut program = declared(kind, has_names);
                program.words = (0..MAX_WORDS).map(|_| legal_word(kind, &mut random)).collect();
                assert_eq!(reassembled(&disassemble(&program).unwrap()), program);
                assert_eq!(reassembled(&disassemble_by_number(&program).unwrap()).words, program.words);
            }
        }
    }
}

#[test]
fn assembling_undoes_disassembling_on_whole_programs() {
    let mut random = Random::new(4);
    for case in 0..2_000 {
        let kind = Kind::ALL[case % 2];
        let mut program = legal_program(kind, 20, &mut random);
        for state in &mut program.states {
            state.saturates = random.below(2) == 0;
            state.range = (random.below(2) == 0).then(|| (state.of.lowest() / 2, state.of.highest()));
        }
        program.budget = (random.below(2) == 0).then(|| random.below(100));
        let terms = [Term::State(0), Term::Parameter(0), Term::Constant(random.number())];
        let condition = random.pick(Condition::ALL);
        program.requirements.push(Requirement::new(random.pick(&terms), condition, random.pick(&terms)));
        let instructions = program.instructions().unwrap();
        let sums = instructions.iter().enumerate().filter(|(_, i)| matches!(i.opcode(), Opcode::Add | Opcode::Mul));
        program.accepted_saturations = sums.map(|(at, _)| at as u8).collect();
        assert_eq!(reassembled(&disassemble(&program).unwrap()), program);
    }
}

#[test]
fn unusable_names_give_way_to_numbers() {
    let mut program = declared(Kind::Neuron, false);
    for (index, name) in ["", "a b", "r3", "m0", "v", "v", "9", "x;y", "\u{e9}"].iter().enumerate() {
        program.states[index].name = Some((*name).into());
    }
    let text = disassemble(&program).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with(".state v ")).count(), 1, "{text}");
    assert_eq!(reassembled(&text).states.iter().filter(|state| state.name.is_some()).count(), 1);
}

#[test]
fn an_illegal_program_has_no_text() {
    let program = Program { words: vec![u32::MAX, 1], ..Program::new(Kind::Learn) };
    assert_eq!(disassemble(&program).unwrap_err().len(), 2);
}
