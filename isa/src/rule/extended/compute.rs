//! Code that computes a sum of terms exactly, power of two by power of two.

use super::ast::Span;
use super::dyadic::{Dyadic, Range};
use super::emit::value;
use super::linear::{Base, Linear, Value};
use super::lower::{Lowered, Lowering};
use super::parse::Reported;
use crate::nmx::ir::Guard;
use crate::nmx::operand::{Immediate, Rounding, Unary};
use crate::nmx::table::Opcode;
use std::collections::BTreeMap;

/// A sum under construction.
#[derive(Debug, Clone, Copy)]
struct Accumulator {
    place: Value,
    /// Whether nothing else reads the register, so that it can be written again.
    is_own: bool,
}

impl Lowering<'_, '_> {
    /// The product that a base is, computed.
    pub(super) fn multiplied(&mut self, base: Base, span: &Span) -> Lowered<Value> {
        let Some(second) = base.second else { return Ok(base.first) };
        let key = Linear { terms: vec![(Dyadic::ONE, base)], constant: Dyadic::ZERO };
        if let Some(place) = self.code.find(&key, 0) {
            return Ok(place);
        }
        let range = self.fitting(base.range(), span)?;
        let place = value(self.code.product(base.first.operand, second.operand, 0, Rounding::Floor), range);
        self.code.remember(key, 0, place);
        Ok(place)
    }

    /// Refuses what no register holds.
    pub(super) fn fitting(&mut self, range: Range, span: &Span) -> Lowered<Range> {
        if range.fits_register() {
            return Ok(range);
        }
        let text = self.report.slice(span);
        let message = format!("`{text}` needs more than 32 bits here: with its fraction bits it is {range}");
        let help = "clip a factor, `clip(e, -999, 999)`; round a part, `round(2^-3*e)`; give a parameter fewer fraction \
                    bits, `@Q8`; or make two statements, which round one after the other";
        Err(self.fail("E-RULE-RANGE", span, message, help))
    }

    /// The sum times 2^scale, an integer, computed. `scale` is at least that of the sum.
    pub(super) fn numerator(&mut self, sum: &Linear, scale: i32, span: &Span) -> Lowered<Value> {
        if let Some(place) = self.code.find(sum, scale) {
            return Ok(place);
        }
        let constant = sum.constant.numerator(scale).and_then(|constant| i64::try_from(constant).ok());
        let mut constant = constant.ok_or_else(|| self.too_many_bits(span))?;
        // Coefficients as odd numbers times powers of two: terms of equal powers are summed, the largest power first.
        let mut groups: BTreeMap<i32, Vec<(i64, Base)>> = BTreeMap::new();
        for (coefficient, base) in &sum.terms {
            groups.entry(scale - coefficient.scale).or_default().push((coefficient.mantissa, *base));
        }
        let Some(&highest) = groups.keys().next_back() else {
            let operand = self.constant(constant, span)?;
            return Ok(value(operand, Range::constant(constant.into())));
        };
        // A positive term first, and one of a single value last, spare a negation and an accumulator.
        for group in groups.values_mut() {
            group.sort_by_key(|(coefficient, base)| (*coefficient < 0, base.second.is_none()));
        }
        let mut total: Option<Accumulator> = None;
        let starts_negative = groups.get(&highest).and_then(|group| group.first()).is_some_and(|(odd, _)| *odd == -1);
        if constant != 0 && starts_negative && i64::from(constant.trailing_zeros()) >= i64::from(highest) {
            // 255 - w begins with 255.
            let start = constant >> highest;
            let operand = self.constant(start, span)?;
            total = Some(Accumulator { place: value(operand, Range::constant(start.into())), is_own: false });
            constant = 0;
        }
        let mut power = highest;
        for (next, group) in groups.into_iter().rev() {
            total = self.shifted(total, power - next, span)?;
            power = next;
            for (coefficient, base) in group {
                total = Some(self.accumulate(total, coefficient, base, span)?);
            }
        }
        let total = self.shifted(total, power, span)?;
        let total = self.offset(total, constant, span)?;
        let place = total.place;
        if super::emit::is_register(place.operand) {
            self.code.remember(sum.clone(), scale, place);
        }
        Ok(place)
    }

    fn shifted(&mut self, total: Option<Accumulator>, by: i32, span: &Span) -> Lowered<Option<Accumulator>> {
        let Some(total) = total.filter(|_| by > 0) else { return Ok(total) };
        let range = total.place.range.times(Range::constant(1_i128 << by.min(64)));
        let range = self.fitting(range, span)?;
        // A value other than 0 that fits has been shifted by less than 32; 0 is no less 0 then.
        let operand = self.code.compute(Opcode::Shl, &[], &[total.place.operand, by.min(31).into()]);
        Ok(Some(Accumulator { place: value(operand, range), is_own: true }))
    }

    fn offset(&mut self, total: Option<Accumulator>, constant: i64, span: &Span) -> Lowered<Accumulator> {
        let Some(total) = total else { return Err(Reported) };
        if constant == 0 {
            return Ok(total);
        }
        let range = self.fitting(total.place.range.plus(Range::constant(constant.into())), span)?;
        let small = i32::try_from(constant).ok().and_then(Immediate::<13>::new);
        let operand = match small {
            Some(immediate) => self.code.compute(Opcode::Addi, &[], &[total.place.operand, immediate.get().into()]),
            None => {
                let constant = self.constant(constant, span)?;
                self.code.compute(Opcode::Add, &[], &[total.place.operand, constant])
            }
        };
        Ok(Accumulator { place: value(operand, range), is_own: true })
    }

    /// total + coefficient * base, the coefficient odd.
    fn accumulate(
        &mut self,
        total: Option<Accumulator>,
        coefficient: i64,
        base: Base,
        span: &Span,
    ) -> Lowered<Accumulator> {
        let term = base.range().times(Range::constant(coefficient.into()));
        let range = self.fitting(total.map_or(term, |total| total.place.range.plus(term)), span)?;
        let is_unit = coefficient.abs() == 1;
        let Some(total) = total else {
            let place = match (is_unit, base.second) {
                (true, Some(second)) if coefficient == 1 => {
                    // Not shared with other statements: this register goes on to accumulate.
                    let operand = self.code.product(base.first.operand, second.operand, 0, Rounding::Floor);
                    return Ok(Accumulator { place: value(operand, range), is_own: true });
                }
                (true, _) => self.multiplied(base, span)?,
                (false, _) => {
                    let factor = self.multiplied(base, span)?;
                    let constant = self.constant(coefficient, span)?;
                    let operand = self.code.product(factor.operand, constant, 0, Rounding::Floor);
                    return Ok(Accumulator { place: value(operand, range), is_own: true });
                }
            };
            if coefficient == 1 {
                return Ok(Accumulator { place, is_own: false });
            }
            let operand = self.code.compute(Opcode::Una, &[Unary::Negate.into()], &[place.operand]);
            return Ok(Accumulator { place: value(operand, range), is_own: true });
        };
        // a * b added to what is there, or taken from it.
        let (a, b) = match (is_unit, base.second) {
            (true, None) => (base.first, None),
            (true, Some(second)) => (base.first, Some(second.operand)),
            (false, _) => (self.multiplied(base, span)?, Some(self.constant(coefficient, span)?)),
        };
        let is_taken = is_unit && coefficient < 0;
        let operand = match b {
            Some(b) if total.is_own => {
                let opcode = if is_taken { Opcode::Msc } else { Opcode::Mac };
                self.code.line(
                    Guard::Always,
                    opcode,
                    &[Rounding::Floor.into(), total.place.operand, a.operand, b, 0.into()],
                );
                total.place.operand
            }
            _ => {
                let term = match b {
                    Some(b) => self.code.product(a.operand, b, 0, Rounding::Floor),
                    None => a.operand,
                };
                let opcode = if is_taken { Opcode::Sub } else { Opcode::Add };
                self.code.compute(opcode, &[], &[total.place.operand, term])
            }
        };
        Ok(Accumulator { place: value(operand, range), is_own: true })
    }
}
