//! What an operation does to sets of values.

use super::interval::Interval;
use crate::nmx::lookup::LookupTable;
use crate::nmx::operand::{Rounding, Source, Spread, Target, Unary};
use crate::nmx::program::TableDeclaration;
use crate::nmx::table::Operation;

/// What is known where an operation runs.
pub(super) trait Operands {
    /// The values of a source.
    fn of(&self, source: Source) -> Interval;
    /// Whether `sel` takes its first source.
    fn chooses_first(&self) -> bool;
}

/// The result of an operation that writes a register or state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) target: Target,
    /// Before saturation.
    pub(super) exact: Interval,
    /// The rounding that discards bits, if any are.
    pub(super) rounding: Option<Rounding>,
}

/// The outcome of `operation`; `None` if it writes neither register nor state.
pub(super) fn outcome(operation: &Operation, known: &impl Operands, tables: &[TableDeclaration]) -> Option<Outcome> {
    let plain = |target, exact| Some(Outcome { target, exact, rounding: None });
    let rounded = |target, exact, rounding| Some(Outcome { target, exact, rounding });
    let of = |source| known.of(source);
    let product = |a: Source, b: Source, shift: u32, rounding| {
        let exact = if a == b { of(a).squared() } else { of(a).times(of(b)) };
        let (quotient, rounds) = exact.shifted_right(shift, rounding);
        (quotient, rounds.then_some(rounding))
    };
    match *operation {
        Operation::Nop {}
        | Operation::Cmp { .. }
        | Operation::Spk { .. }
        | Operation::Psh { .. }
        | Operation::Xit {} => None,
        Operation::Mov { d, a } => plain(d, of(a)),
        Operation::Ldi { d, imm } => plain(d, Interval::constant(imm.get())),
        Operation::Add { d, a, b } => plain(d, if a == b { of(a).shifted_left(1) } else { of(a).plus(of(b)) }),
        Operation::Addi { d, a, imm } => plain(d, of(a).plus(Interval::constant(imm.get()))),
        Operation::Sub { d, a, b } => plain(d, if a == b { Interval::constant(0) } else { of(a).minus(of(b)) }),
        Operation::Mul { rm, d, a, b, sh } => {
            let (quotient, rounding) = product(a, b, sh.get().into(), rm);
            rounded(d, quotient, rounding)
        }
        Operation::Mac { rm, d, a, b, sh } => {
            let (quotient, rounding) = product(a, b, sh.get().into(), rm);
            rounded(d, of(d.into()).plus(quotient), rounding)
        }
        Operation::Msc { rm, d, a, b, sh } => {
            let (quotient, rounding) = product(a, b, sh.get().into(), rm);
            rounded(d, of(d.into()).minus(quotient), rounding)
        }
        Operation::Shl { d, a, n } => plain(d, of(a).shifted_left(n.get().into())),
        Operation::Shr { rm, d, a, n } => {
            let (quotient, rounds) = of(a).shifted_right(n.get().into(), rm);
            rounded(d, quotient, rounds.then_some(rm))
        }
        Operation::Bit { function, d, a, b } => plain(d, of(a).bitwise(function, of(b))),
        Operation::Min { d, a, b } => plain(d, of(a).smaller(of(b))),
        Operation::Max { d, a, b } => plain(d, of(a).larger(of(b))),
        Operation::Una { function, d, a } => plain(
            d,
            match function {
                Unary::Negate => of(a).negated(),
                Unary::Absolute => of(a).magnitude(),
                Unary::Sign => of(a).sign(),
                Unary::Not => of(a).inverted(),
            },
        ),
        Operation::Sat { d, a, width } => plain(d, of(a).clamped(width)),
        Operation::Sel { d, a, b } => plain(d, of(if known.chooses_first() { a } else { b })),
        Operation::Lut { d, a, table } => {
            let table = tables.get(usize::from(table.get())).map(|declaration| &declaration.table);
            let rounding = table.filter(|table| table.shift() > 0).map(|_| Rounding::Zero);
            rounded(d, table.map_or(Interval::FULL, |table| looked_up(table, of(a))), rounding)
        }
        Operation::Rnd { spread, d, n } => {
            let span = 1_i64 << n.get();
            let low = if spread == Spread::Centred { -span / 2 } else { 0 };
            plain(d, Interval::of(low as i32..=(low + span - 1) as i32))
        }
        Operation::Pop { d } => plain(d, Interval::FULL),
    }
}

/// The source whose value `operation` passes on unchanged, for certain.
pub(super) fn passed_on(operation: &Operation, known: &impl Operands) -> Option<Source> {
    let of = |source| known.of(source);
    let is = |source, value| of(source) == Interval::constant(value);
    match *operation {
        Operation::Mov { a, .. } => Some(a),
        Operation::Addi { a, imm, .. } => (imm.get() == 0).then_some(a),
        Operation::Add { a, b, .. } if is(b, 0) => Some(a),
        Operation::Add { a, b, .. } => is(a, 0).then_some(b),
        Operation::Sub { a, b, .. } => is(b, 0).then_some(a),
        Operation::Mac { d, a, b, .. } | Operation::Msc { d, a, b, .. } => (is(a, 0) || is(b, 0)).then_some(d.into()),
        Operation::Min { a, b, .. } if of(a).high() <= of(b).low() => Some(a),
        Operation::Min { a, b, .. } => (of(b).high() <= of(a).low()).then_some(b),
        Operation::Max { a, b, .. } if of(a).low() >= of(b).high() => Some(a),
        Operation::Max { a, b, .. } => (of(b).low() >= of(a).high()).then_some(b),
        Operation::Sat { a, width, .. } => of(a).is_within(&width.range()).then_some(a),
        Operation::Sel { a, b, .. } => Some(if known.chooses_first() { a } else { b }),
        _ => None,
    }
}

fn looked_up(table: &LookupTable, inputs: Interval) -> Interval {
    // Operands are 32 bits wide.
    let bound = |value: i64| value.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
    Interval::of(table.range(bound(inputs.low())..=bound(inputs.high())))
}
