//! What each instruction does to a block: one match arm per instruction, as in the reference.

use super::lanes::{Active, Lanes, add, blend, clamp, subtract, used};
use super::{Batch, Column, LaneSpike};
use crate::id::Step;
use crate::microcode::reference::{Spike, bitwise, random_bits, unary};
use crate::microcode::rounding;
use crate::random::draw_from;
use caudate_isa::nmx::operand::{Bitwise, Combine, Condition};
use caudate_isa::nmx::{Instruction, LookupTable, Operation, Predicate, Rounding, Source, Target};

/// What is constant while a block runs.
pub(super) struct Run<'a> {
    /// Random streams, one per lane in use; at most [`super::LANES`].
    pub(super) streams: &'a [u64],
    pub(super) step: Step,
    pub(super) tables: &'a [LookupTable],
}

/// A product: its operands, its scale, and what becomes of it.
#[derive(Debug, Clone, Copy)]
struct Product {
    base: Base,
    rounding: Rounding,
    d: Target,
    a: Source,
    b: Source,
    shift: u8,
}

/// What a product is added to or taken from.
#[derive(Debug, Clone, Copy)]
enum Base {
    Nothing,
    Plus,
    Minus,
}

impl Batch {
    /// Carries out `instruction`, which is word `pc`. If `all` is false, only lanes of `self.mask` change.
    pub(super) fn execute(&mut self, run: &Run<'_>, pc: u8, instruction: &Instruction, all: bool) {
        let count = run.streams.len();
        let Self { columns, spare, predicates, mask, stacks, spikes, counts, .. } = self;
        let active = if all { Active::All } else { Active::Masked(mask) };
        let mut lanes = Lanes { count, active, columns, spare, counts };
        let draw = |lane: usize| draw_from(run.streams[lane], run.step, pc);
        match instruction.operation {
            // Exits are the business of the dispatch.
            Operation::Nop {} | Operation::Xit {} => {}
            Operation::Mov { d, a } => lanes.map(d, a, |_, a| a),
            Operation::Ldi { d, imm } => lanes.map(d, d.into(), |_, _| imm.get()),
            Operation::Add { d, a, b } => lanes.zip_clamped(d, a, b, |_, a, b| add(a, b)),
            Operation::Addi { d, a, imm } => lanes.zip_clamped(d, a, a, |_, a, _| add(a, imm.get())),
            Operation::Sub { d, a, b } => lanes.zip_clamped(d, a, b, |_, a, b| subtract(a, b)),
            Operation::Mul { rm, d, a, b, sh } => {
                product(&mut lanes, &Product { base: Base::Nothing, rounding: rm, d, a, b, shift: sh.get() }, draw)
            }
            Operation::Mac { rm, d, a, b, sh } => {
                product(&mut lanes, &Product { base: Base::Plus, rounding: rm, d, a, b, shift: sh.get() }, draw)
            }
            Operation::Msc { rm, d, a, b, sh } => {
                product(&mut lanes, &Product { base: Base::Minus, rounding: rm, d, a, b, shift: sh.get() }, draw)
            }
            Operation::Shl { d, a, n } => lanes.zip_clamped(d, a, a, |_, a, _| clamp(i64::from(a) << n.get())),
            Operation::Shr { rm, d, a, n } => {
                let n = n.get();
                // A right shift of 32 bits stays in 32 bits.
                lanes.map(d, a, |lane, a| rounding::round(a.into(), n, rm, || draw(lane)) as i32);
            }
            Operation::Bit { function, d, a, b } => match function {
                Bitwise::And => lanes.zip(d, a, b, |_, a, b| bitwise(Bitwise::And, a, b)),
                Bitwise::Or => lanes.zip(d, a, b, |_, a, b| bitwise(Bitwise::Or, a, b)),
                Bitwise::Xor => lanes.zip(d, a, b, |_, a, b| bitwise(Bitwise::Xor, a, b)),
                Bitwise::AndNot => lanes.zip(d, a, b, |_, a, b| bitwise(Bitwise::AndNot, a, b)),
            },
            Operation::Min { d, a, b } => lanes.zip(d, a, b, |_, a, b| a.min(b)),
            Operation::Max { d, a, b } => lanes.zip(d, a, b, |_, a, b| a.max(b)),
            Operation::Una { function, d, a } => {
                lanes.zip_clamped(d, a, a, |_, a, _| clamp(unary(function, a.into())));
            }
            Operation::Sat { d, a, width } => {
                let (low, high) = (width.lowest(), width.highest());
                lanes.map(d, a, |_, a| a.clamp(low, high));
            }
            Operation::Sel { d, a, b } => match instruction.predicate {
                Predicate::Always => {}
                Predicate::If(p) => {
                    let chosen = &predicates[usize::from(p.get() - 1)];
                    lanes.zip(d, a, b, |lane, a, b| (a & chosen[lane]) | (b & !chosen[lane]));
                }
                Predicate::Unless(p) => {
                    let chosen = &predicates[usize::from(p.get() - 1)];
                    lanes.zip(d, a, b, |lane, a, b| (b & chosen[lane]) | (a & !chosen[lane]));
                }
            },
            Operation::Cmp { condition, combine, p, a, b } => {
                compare(&mut lanes, condition, a, b);
                join(count, combine, &mut predicates[usize::from(p.get() - 1)], lanes.spare, active);
            }
            Operation::Lut { d, a, table } => {
                let table = &run.tables[usize::from(table.get())];
                lanes.map(d, a, |_, a| table.value(a));
            }
            Operation::Rnd { spread, d, n } => {
                let n = n.get();
                lanes.map(d, d.into(), |lane, _| random_bits(spread, n, draw(lane)));
            }
            Operation::Spk { a, port } => {
                let payloads = &lanes.columns[a.index()];
                let active = (0..count).filter(|&lane| active.includes(lane));
                spikes.extend(active.map(|lane| LaneSpike {
                    lane: lane as u32,
                    spike: Spike { port: port.get(), payload: payloads[lane] },
                }));
            }
            Operation::Psh { a } => {
                let pushed = &lanes.columns[a.index()];
                for lane in (0..count).filter(|&lane| active.includes(lane)) {
                    stacks[lane].push(pushed[lane]);
                }
            }
            Operation::Pop { d } => {
                let column = &mut lanes.columns[d.index()];
                for lane in (0..count).filter(|&lane| active.includes(lane)) {
                    let popped = stacks[lane].pop();
                    if popped.is_none() {
                        lanes.counts.count_underflow(lane);
                    }
                    column[lane] = popped.unwrap_or(0);
                }
            }
        }
    }
}

/// Computes a product in every lane.
fn product(lanes: &mut Lanes<'_>, product: &Product, draw: impl Fn(usize) -> u32) {
    let shift = product.shift;
    // The rounding is chosen once, outside the loop.
    match product.rounding {
        Rounding::Floor => scaled(lanes, product, |_, value| rounding::floor(value, shift)),
        Rounding::Zero => scaled(lanes, product, |_, value| rounding::toward_zero(value, shift)),
        Rounding::Away => scaled(lanes, product, |_, value| rounding::away_from_zero(value, shift)),
        Rounding::Nearest => scaled(lanes, product, |_, value| rounding::nearest_even(value, shift)),
        Rounding::Stochastic => scaled(lanes, product, |lane, value| rounding::stochastic(value, shift, draw(lane))),
    }
}

#[inline]
fn scaled(lanes: &mut Lanes<'_>, &Product { base, d, a, b, .. }: &Product, round: impl Fn(usize, i64) -> i64) {
    // 32 by 32 bits fit 64, and a sum with 32 bits more as well: nothing wraps (compare `rounding`).
    let rounded = |lane: usize, a: i32, b: i32| round(lane, i64::from(a).wrapping_mul(b.into()));
    match base {
        Base::Nothing => lanes.zip_clamped(d, a, b, |lane, a, b| clamp(rounded(lane, a, b))),
        Base::Plus => lanes.accumulate(d, a, b, |lane, d, a, b| clamp(i64::from(d).wrapping_add(rounded(lane, a, b)))),
        Base::Minus => lanes.accumulate(d, a, b, |lane, d, a, b| clamp(i64::from(d).wrapping_sub(rounded(lane, a, b)))),
    }
}

/// Leaves -1 in the spare column where the condition holds, else 0.
fn compare(lanes: &mut Lanes<'_>, condition: Condition, a: Source, b: Source) {
    match condition {
        Condition::Equal => test(lanes, a, b, |a, b| a == b),
        Condition::NotEqual => test(lanes, a, b, |a, b| a != b),
        Condition::Less => test(lanes, a, b, |a, b| a < b),
        Condition::LessOrEqual => test(lanes, a, b, |a, b| a <= b),
        Condition::Greater => test(lanes, a, b, |a, b| a > b),
        Condition::GreaterOrEqual => test(lanes, a, b, |a, b| a >= b),
    }
}

#[inline]
fn test(lanes: &mut Lanes<'_>, a: Source, b: Source, holds: impl Fn(i32, i32) -> bool) {
    let out = &mut lanes.spare[..lanes.count];
    let (a, b) = (used(lanes.columns, lanes.count, a), used(lanes.columns, lanes.count, b));
    for lane in 0..out.len() {
        out[lane] = if holds(a[lane], b[lane]) { -1 } else { 0 };
    }
}

/// Joins a fresh outcome with a predicate, in the active lanes.
fn join(count: usize, combine: Combine, predicate: &mut Column, fresh: &mut Column, active: Active<'_>) {
    let lanes = fresh.iter_mut().zip(predicate.iter());
    match combine {
        Combine::Replace => {}
        Combine::And => lanes.for_each(|(fresh, &old)| *fresh &= old),
        Combine::Or => lanes.for_each(|(fresh, &old)| *fresh |= old),
    }
    match active {
        Active::All => std::mem::swap(predicate, fresh),
        Active::Masked(mask) => blend(count, predicate, fresh, mask),
    }
}
