//! Lines of code under construction, and the constants they name.

use super::ast::Span;
use super::dyadic::Range;
use super::linear::{Linear, Value};
use crate::nmx::encode::Instruction;
use crate::nmx::ir::{Builder, Guard, Operand, VirtualPredicate};
use crate::nmx::operand::{Combine, Condition, Immediate, Kind, Parameter, Rounding, Special};
use crate::nmx::program::{MAX_DECLARED, ParameterDeclaration};
use crate::nmx::slot::Slot;
use crate::nmx::state_type::StateType;
use crate::nmx::table::Opcode;

struct Line {
    guard: Guard,
    opcode: Opcode,
    operands: Vec<Operand>,
}

/// Code so far. Whatever computes a value runs always; only what writes a state is guarded.
pub(super) struct Emitter {
    builder: Builder,
    lines: Vec<Line>,
    /// The rule's own parameters, then constants that it needs.
    pub(super) parameters: Vec<ParameterDeclaration>,
    /// How many parameters are the rule's own.
    own_parameters: usize,
    /// What has been computed: the sum, its fraction bits, and where it is.
    computed: Vec<(Linear, i32, Value)>,
    /// The statement that emits.
    pub(super) statement: Span,
    /// The statement of every line.
    origins: Vec<Span>,
}

impl Emitter {
    pub(super) fn new(parameters: Vec<ParameterDeclaration>) -> Self {
        let own_parameters = parameters.len();
        Self {
            builder: Builder::new(Kind::Learn),
            lines: Vec::new(),
            parameters,
            own_parameters,
            computed: Vec::new(),
            statement: 0..0,
            origins: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn line(&mut self, guard: Guard, opcode: Opcode, operands: &[Operand]) {
        self.lines.push(Line { guard, opcode, operands: operands.to_vec() });
        self.origins.push(self.statement.clone());
    }

    /// A line that writes a register of its own. `operands` lack the destination; suffixes come first.
    pub(super) fn compute(&mut self, opcode: Opcode, suffixes: &[Operand], sources: &[Operand]) -> Operand {
        let register: Operand = self.builder.register().into();
        let operands: Vec<Operand> =
            suffixes.iter().copied().chain([register]).chain(sources.iter().copied()).collect();
        self.line(Guard::Always, opcode, &operands);
        register
    }

    pub(super) fn product(&mut self, a: Operand, b: Operand, shift: u8, rounding: Rounding) -> Operand {
        // Where nothing is shifted out, floor is the only rounding.
        let rounding = if shift == 0 { Rounding::Floor } else { rounding };
        self.compute(Opcode::Mul, &[rounding.into()], &[a, b, i32::from(shift).into()])
    }

    pub(super) fn predicate(&mut self) -> VirtualPredicate {
        self.builder.predicate()
    }

    pub(super) fn compare(
        &mut self,
        guard: Guard,
        p: VirtualPredicate,
        condition: Condition,
        combine: Combine,
        a: Operand,
        b: Operand,
    ) {
        self.line(guard, Opcode::Cmp, &[condition.into(), combine.into(), p.into(), a, b]);
    }

    /// Puts `value` into `target`: the line that has just computed it writes there instead, if it can.
    pub(super) fn put(&mut self, guard: Guard, target: Operand, value: Operand) {
        if is_register(value)
            && let Some(last) = self.lines.last_mut()
            && let Some(at) = last.opcode.operands().iter().position(|operand| operand.slot == Slot::Dst)
            && last.operands.get(at) == Some(&value)
        {
            last.operands[at] = target;
            last.guard = guard;
            self.computed.retain(|(_, _, known)| known.operand != value);
            return;
        }
        self.line(guard, Opcode::Mov, &[target, value]);
    }

    /// An operand of this value; `None` if none is left.
    pub(super) fn constant(&mut self, value: i32) -> Option<Operand> {
        match value {
            0 => return Some(Special::ZERO.into()),
            1 => return Some(Special::ONE.into()),
            _ => {}
        }
        let known = self.parameters.iter().skip(self.own_parameters).position(|known| known.value == value);
        let index = known.map(|known| known + self.own_parameters).or_else(|| {
            (self.parameters.len() < MAX_DECLARED).then(|| {
                let name = self.constant_name(value);
                let of = narrowest(value);
                self.parameters.push(ParameterDeclaration { name: Some(name), of, value });
                self.parameters.len() - 1
            })
        });
        if let Some(index) = index.and_then(|index| u8::try_from(index).ok()) {
            return Parameter::new(index).map(Operand::from);
        }
        let immediate = Immediate::<19>::new(value)?;
        Some(self.compute(Opcode::Ldi, &[], &[immediate.get().into()]))
    }

    fn constant_name(&self, value: i32) -> String {
        let mut name = format!("c{}{}", if value < 0 { "m" } else { "" }, value.unsigned_abs());
        while self.parameters.iter().any(|known| known.name.as_ref() == Some(&name)) {
            name.push('_');
        }
        name
    }

    /// Where `sum * 2^scale` is, if it has been computed.
    pub(super) fn find(&self, sum: &Linear, scale: i32) -> Option<Value> {
        self.computed.iter().find(|(known, at, _)| known == sum && *at == scale).map(|(_, _, value)| *value)
    }

    pub(super) fn remember(&mut self, sum: Linear, scale: i32, value: Value) {
        self.computed.push((sum, scale, value));
    }

    /// What was computed from a state is not what it would be after a write.
    pub(super) fn forget(&mut self, state: Operand) {
        self.computed.retain(|(sum, _, value)| !sum.mentions(state) && value.operand != state);
    }

    /// The code with registers, or why there are too few.
    pub(super) fn finish(mut self) -> Result<Emitted, String> {
        for line in &self.lines {
            self.builder.emit(line.guard, line.opcode, &line.operands);
        }
        let instructions = self.builder.allocate().map_err(|diagnostic| diagnostic.message)?;
        Ok(Emitted { instructions, parameters: self.parameters, statements: self.origins })
    }
}

/// Finished code.
pub(super) struct Emitted {
    pub(super) instructions: Vec<Instruction>,
    pub(super) parameters: Vec<ParameterDeclaration>,
    /// The statement of every instruction.
    pub(super) statements: Vec<Span>,
}

/// The narrowest type that holds a parameter.
pub(super) fn narrowest(value: i32) -> StateType {
    let types = (1..=31).filter_map(|bits| if value < 0 { StateType::signed(bits) } else { StateType::unsigned(bits) });
    types.into_iter().find(|of| of.clamp(value) == value).unwrap_or(StateType::I32)
}

/// A value in `operand`.
pub(super) const fn value(operand: Operand, range: Range) -> Value {
    Value { operand, range, is_parameter: false }
}

/// Whether `operand` is a register that the compiler has made.
pub(super) const fn is_register(operand: Operand) -> bool {
    matches!(operand, Operand::Register(_))
}
