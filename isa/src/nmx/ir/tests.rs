use super::*;
use crate::nmx::arbitrary::{Random, legal_program};
use crate::nmx::encode::Instruction;
use crate::nmx::operand::{Combine, Condition, Parameter, Rounding, Special, State};
use crate::nmx::slot::Slot;

const COPY: Combine = Combine::Replace;

fn state(index: u8) -> Operand {
    State::new(index).unwrap().into()
}

fn error(code: &Builder) -> String {
    let diagnostic = code.allocate().unwrap_err();
    assert!(diagnostic.help.is_some());
    format!("{}: {}", diagnostic.code, diagnostic.message)
}

fn text(code: &Builder) -> Vec<String> {
    let symbols = crate::nmx::disasm::Symbols::default();
    let line = |instruction: &Instruction| crate::nmx::disasm::instruction_text(instruction, code.kind, &symbols);
    let words = |line: String| line.split_whitespace().collect::<Vec<_>>().join(" ");
    code.allocate().unwrap().iter().map(line).map(words).collect()
}

#[test]
fn a_value_may_take_the_register_of_one_that_ends() {
    let mut code = Builder::new(Kind::Learn);
    let (a, b, sum, p) = (code.register(), code.register(), code.register(), code.predicate());
    let zero: Operand = Special::ZERO.into();
    let eta: Operand = Parameter::new(0).unwrap().into();
    code.emit(Guard::Always, Opcode::Mov, &[a.into(), state(0)]);
    code.emit(Guard::Always, Opcode::Mov, &[b.into(), state(1)]);
    code.emit(Guard::Always, Opcode::Add, &[sum.into(), a.into(), b.into()]);
    code.emit(Guard::Always, Opcode::Cmp, &[Condition::Greater.into(), COPY.into(), p.into(), sum.into(), zero]);
    code.emit(Guard::Unless(p), Opcode::Mac, &[Rounding::Nearest.into(), state(0), sum.into(), eta, 15.into()]);
    code.emit(Guard::If(p), Opcode::Sel, &[state(1), b.into(), zero]);
    let expected = [
        "mov r0, s0",
        "mov r1, s1",
        "add r0, r0, r1",
        "cmp.gt p1, r0, zero",
        "@!p1 mac.n s0, r0, k0, 15",
        "@p1 sel s1, r1, zero",
    ];
    assert_eq!(text(&code), expected);
}

#[test]
fn sixteen_values_and_three_conditions_fit_and_no_more() {
    let program = |values: usize, conditions: usize| {
        let mut code = Builder::new(Kind::Learn);
        let registers: Vec<Virtual> = (0..values).map(|_| code.register()).collect();
        let predicates: Vec<VirtualPredicate> = (0..conditions).map(|_| code.predicate()).collect();
        for (number, &register) in registers.iter().enumerate() {
            code.emit(Guard::Always, Opcode::Ldi, &[register.into(), (number as i32).into()]);
        }
        for &p in &predicates {
            let [a, b] = [Special::ZERO, Special::ONE].map(Operand::from);
            code.emit(Guard::Always, Opcode::Cmp, &[Condition::Less.into(), COPY.into(), p.into(), a, b]);
        }
        for &register in &registers {
            code.emit(Guard::Always, Opcode::Add, &[state(0), state(0), register.into()]);
        }
        for &p in &predicates {
            code.emit(Guard::If(p), Opcode::Mov, &[state(0), state(1)]);
        }
        code
    };
    assert_eq!(program(16, 3).allocate().unwrap().len(), 38);
    assert_eq!(
        error(&program(17, 3)),
        "N0501: line 16 needs a register beside 16 whose values are needed later; there are r0..r15"
    );
    assert_eq!(
        error(&program(16, 4)),
        "N0502: line 19 needs a condition beside 3 that are needed later; there are p1..p3"
    );
}

#[test]
fn values_are_written_before_they_are_read_under_every_guard() {
    let zero: Operand = Special::ZERO.into();
    let build = |guards: [bool; 2], reader: Option<bool>, combine: Combine| {
        let mut code = Builder::new(Kind::Learn);
        let (value, p) = (code.register(), code.predicate());
        let guard = |holds: bool| if holds { Guard::If(p) } else { Guard::Unless(p) };
        let cmp = |combine: Combine| [Condition::Less.into(), combine.into(), p.into(), state(0), zero];
        code.emit(Guard::Always, Opcode::Cmp, &cmp(Combine::Replace));
        for holds in guards {
            code.emit(guard(holds), Opcode::Mov, &[value.into(), zero]);
        }
        code.emit(Guard::Always, Opcode::Cmp, &cmp(combine));
        code.emit(reader.map_or(Guard::Always, guard), Opcode::Mov, &[state(0), value.into()]);
        code.allocate().map_err(|diagnostic| diagnostic.code)
    };
    assert!(build([true, false], None, Combine::Replace).is_ok());
    assert_eq!(build([true, true], None, Combine::Replace), Err("N0503"));
    assert_eq!(build([true, true], Some(true), Combine::Replace), Err("N0503"));
    assert!(build([true, true], Some(true), Combine::And).is_ok());
    assert_eq!(build([true, true], Some(true), Combine::Or), Err("N0503"));
}

#[test]
fn what_is_no_instruction_is_refused() {
    let mut other = Builder::new(Kind::Learn);
    let (foreign, foreign_predicate) = (other.register(), other.predicate());
    let cases: [(Guard, Opcode, &[Operand]); 8] = [
        (Guard::Always, Opcode::Mov, &[state(0)]),
        (Guard::Always, Opcode::Mov, &[state(0), foreign.into()]),
        (Guard::If(foreign_predicate), Opcode::Mov, &[state(0), state(1)]),
        (Guard::Always, Opcode::Mov, &[state(0), 3.into()]),
        (Guard::Always, Opcode::Mov, &[state(0), foreign_predicate.into()]),
        (Guard::Always, Opcode::Spk, &[state(0), 0.into()]),
        (Guard::Always, Opcode::Shl, &[state(0), state(0), 32.into()]),
        (Guard::Always, Opcode::Sel, &[state(0), state(0), state(1)]),
    ];
    for (guard, opcode, operands) in cases {
        let mut code = Builder::new(Kind::Learn);
        code.emit(guard, opcode, operands);
        assert!(error(&code).starts_with("N0504: line 0 is no `"), "{opcode:?}");
    }
    let mut code = Builder::new(Kind::Learn);
    let p = code.predicate();
    code.emit(Guard::If(p), Opcode::Xit, &[]);
    assert_eq!(error(&code), "N0503: line 0 (xit) asks condition 0, which may not be set");
}

/// Each write of a random program to a fresh virtual register: allocation must keep every read with its write.
#[test]
fn reads_find_the_value_that_was_written_for_them() {
    let mut random = Random::new(50);
    let mut shared = 0;
    for case in 0..2_000 {
        let program = legal_program(Kind::ALL[case % 2], 24, &mut random);
        let instructions = program.instructions().unwrap();
        let mut code = Builder::new(program.kind);
        let p = code.predicate();
        let [zero, one] = [Special::ZERO, Special::ONE].map(Operand::from);
        code.emit(Guard::Always, Opcode::Cmp, &[Condition::Less.into(), COPY.into(), p.into(), zero, one]);
        let mut current = [None; 16];
        let mut wanted = Vec::new();
        for instruction in instructions.iter().filter(|next| next.opcode() != Opcode::Cmp) {
            let fresh = code.register();
            let operands: Vec<Operand> = instruction
                .codes()
                .map(|(slot, number)| match (slot, number) {
                    (Slot::Dst, 0..16) => fresh.into(),
                    (Slot::A | Slot::B | Slot::Acc, 0..16) => Operand::Register(current[number as usize].unwrap()),
                    _ => number.into(),
                })
                .collect();
            let guard = if instruction.opcode() == Opcode::Sel { Guard::If(p) } else { Guard::Always };
            let at = code.emit(guard, instruction.opcode(), &operands);
            if let Some(number) = instruction.codes().find_map(|(slot, code)| (slot == Slot::Dst).then_some(code))
                && number < 16
            {
                current[number as usize] = Some(fresh);
            }
            wanted.push((at, operands));
        }
        let allocated = code.allocate().unwrap();
        // What each register holds, as the virtual register whose value it is.
        let mut holds: [Option<Virtual>; 16] = [None; 16];
        for (at, operands) in wanted {
            let codes: Vec<(Slot, i32)> = allocated[at].codes().collect();
            for ((slot, number), operand) in codes.iter().zip(&operands) {
                if let (Operand::Register(register), true) = (operand, slot.is_read()) {
                    assert_eq!(holds[*number as usize], Some(*register), "line {at} of {code:#?}");
                }
            }
            for ((slot, number), operand) in codes.iter().zip(&operands) {
                if let (Operand::Register(register), true) = (operand, slot.is_written()) {
                    shared += usize::from(holds[*number as usize].is_some());
                    holds[*number as usize] = Some(*register);
                }
            }
        }
    }
    assert!(shared > 1_000, "{shared}");
}
