//! Rounding a sum once, and storing it.

use super::ast::{Span, Update};
use super::dyadic::{Dyadic, Range};
use super::emit::value;
use super::linear::{Base, Linear, Value};
use super::lower::{Lowered, Lowering};
use crate::nmx::ir::{Guard, Operand};
use crate::nmx::operand::{Bitwise, Immediate, Rounding, Shift, Unary};
use crate::nmx::state_type::StateType;
use crate::nmx::table::Opcode;

/// Largest shift of a product.
const PRODUCT_SHIFT: i32 = *Shift::RANGE.end() as i32;
/// Largest shift of a register.
const REGISTER_SHIFT: i32 = 31;

/// The sum is `a * b * 2^-shift`, negated or not; `shift` is what is left to be rounded away.
struct Product {
    a: Value,
    b: Value,
    is_negated: bool,
}

impl Lowering<'_, '_> {
    /// A new value for a state, where `guard` holds.
    pub(super) fn update(&mut self, update: &Update, guard: Guard) -> Lowered<()> {
        let Some((index, state)) = self.state(&update.state) else { return Err(super::parse::Reported) };
        let old = self.ranges[index];
        let span = &update.value.span;
        let change = self.linear(&update.value)?;
        let is_exact = change.scale() == 0;
        // The state is an integer, so rounding does not see it where it treats all integers alike.
        let commutes = is_exact || matches!(update.rounding, Rounding::Floor | Rounding::Stochastic);
        let own = Linear::term(Dyadic::ONE, value(state, old), None);
        let new = if !update.is_change {
            self.assign(&change, update.rounding, state, guard, span)?
        } else if commutes && change.coefficient_of(state).is_some() {
            let sum = change.plus(&own).ok_or_else(|| self.too_many_bits(span))?;
            self.assign(&sum, update.rounding, state, guard, span)?
        } else {
            self.add(&change, update.rounding, (state, old), guard, span)?
        };
        self.code.forget(state);
        let new = match update.clip {
            Some(bounds) => self.clip(bounds, state, new, guard, &update.span)?,
            None if update.is_change => {
                // Intervals forget that a decaying state shrinks: a clamp that never acts tells the verifier.
                let held = self.rule.states[index].values();
                let bounds = Range::of(held.0, held.1);
                let contracted = contracted(&change, update.rounding, (state, old));
                match contracted.filter(|tight| tight.is_within(bounds) && !new.is_within(bounds)) {
                    Some(tight) => self.clip(held, state, new, guard, &update.span).map(|_| tight)?,
                    None => new,
                }
            }
            None => new,
        };
        self.ranges[index] = if guard == Guard::Always { new } else { old.join(new) };
        Ok(())
    }

    /// state = R(sum)
    fn assign(
        &mut self,
        sum: &Linear,
        rounding: Rounding,
        state: Operand,
        guard: Guard,
        span: &Span,
    ) -> Lowered<Range> {
        let place = self.rounded_by(sum, rounding, span)?;
        self.code.put(guard, state, place.operand);
        Ok(place.range)
    }

    /// The nearest integer.
    pub(super) fn rounded(&mut self, sum: &Linear, span: &Span) -> Lowered<Value> {
        self.rounded_by(sum, Rounding::Nearest, span)
    }

    /// state += R(sum)
    fn add(
        &mut self,
        sum: &Linear,
        rounding: Rounding,
        (state, old): (Operand, Range),
        guard: Guard,
        span: &Span,
    ) -> Lowered<Range> {
        let sum = &self.factored(sum, span)?;
        let shift = sum.scale();
        let exact = sum.range(shift).ok_or_else(|| self.too_many_bits(span))?;
        let change = exact.rounded(shift.unsigned_abs(), rounding);
        let new = self.fitting(old.plus(change), span)?;
        let is_odd = shift == 0 || rounding != Rounding::Floor;
        if let Some(Product { a, b, is_negated }) = self.single_product(sum, span)?
            && shift <= PRODUCT_SHIFT
            && (!is_negated || is_odd)
        {
            // Stochastic rounding of -P and minus that of P differ in the draw's sense only, and both are right on average.
            let opcode = if is_negated { Opcode::Msc } else { Opcode::Mac };
            let rounding = if shift == 0 { Rounding::Floor } else { rounding };
            self.code.line(guard, opcode, &[rounding.into(), state, a.operand, b.operand, shift.into()]);
            return Ok(new);
        }
        if let ([], Some(addend)) = (sum.terms.as_slice(), small(sum.constant)) {
            self.code.line(guard, Opcode::Addi, &[state, state, addend.into()]);
            return Ok(new);
        }
        let negative = Dyadic { mantissa: -1, scale: 0 };
        if let [(coefficient, Base { first, second: None })] = sum.terms.as_slice()
            && *coefficient == negative
            && sum.constant == Dyadic::ZERO
        {
            self.code.line(guard, Opcode::Sub, &[state, state, first.operand]);
            return Ok(new);
        }
        let place = self.rounded_by(sum, rounding, span)?;
        self.code.line(guard, Opcode::Add, &[state, state, place.operand]);
        Ok(new)
    }

    /// The sum as an integer.
    fn rounded_by(&mut self, sum: &Linear, rounding: Rounding, span: &Span) -> Lowered<Value> {
        let sum = &self.factored(sum, span)?;
        let shift = sum.scale();
        if shift == 0 {
            return self.numerator(sum, 0, span);
        }
        if let Some(product) = self.single_product(sum, span)? {
            return self.rounded_product(product, shift, rounding, span);
        }
        let place = self.numerator(sum, shift, span)?;
        self.shifted_right(place, shift, rounding, span)
    }

    fn shifted_right(&mut self, place: Value, shift: i32, rounding: Rounding, span: &Span) -> Lowered<Value> {
        if shift > REGISTER_SHIFT {
            let message = format!("{shift} fraction bits; {REGISTER_SHIFT} can be rounded away here");
            let help = "use numbers with fewer digits, or parameters with `@Q` and fewer fraction bits";
            return Err(self.fail("E-RULE-CONSTANT", span, message, help));
        }
        let operand = self.code.compute(Opcode::Shr, &[rounding.into()], &[place.operand, shift.into()]);
        Ok(value(operand, place.range.rounded(shift.unsigned_abs(), rounding)))
    }

    /// a * b / 2^shift, rounded once; the product may take 64 bits.
    fn rounded_product(&mut self, product: Product, shift: i32, rounding: Rounding, span: &Span) -> Lowered<Value> {
        let Product { mut a, b, is_negated } = product;
        if is_negated {
            let range = self.fitting(a.range.negated(), span)?;
            a = value(self.code.compute(Opcode::Una, &[Unary::Negate.into()], &[a.operand]), range);
        }
        let exact = if a.operand == b.operand { a.range.squared() } else { a.range.times(b.range) };
        let range = self.fitting(exact.rounded(shift.unsigned_abs(), rounding), span)?;
        let bits = |shift: i32| u8::try_from(shift).unwrap_or(0);
        if shift <= PRODUCT_SHIFT {
            return Ok(value(self.code.product(a.operand, b.operand, bits(shift), rounding), range));
        }
        if exact.fits_register() {
            let whole = value(self.code.product(a.operand, b.operand, 0, rounding), exact);
            return self.shifted_right(whole, shift, rounding, span);
        }
        // In two steps. Rounding up or down twice is rounding once; to the nearest, the second step must know of a rest.
        let first = PRODUCT_SHIFT.min(shift - 2);
        let by = if rounding == Rounding::Nearest { Rounding::Floor } else { rounding };
        let coarse = exact.rounded(first.unsigned_abs(), by);
        // With room for its opposite to be added.
        self.fitting(coarse.plus(coarse), span)?;
        let mut part = self.code.product(a.operand, b.operand, bits(first), by);
        if rounding == Rounding::Nearest {
            let minus = match i64::try_from(b.range.low) {
                Ok(constant) if b.range.low == b.range.high && !b.is_parameter => self.constant(-constant, span)?,
                _ => self.code.compute(Opcode::Una, &[Unary::Negate.into()], &[b.operand]),
            };
            // floor(P) + floor(-P) is -1 if there is a rest: the lowest bit then says so.
            let opposite = self.code.product(a.operand, minus, bits(first), Rounding::Floor);
            let rest = self.code.compute(Opcode::Add, &[], &[part, opposite]);
            let rest = self.code.compute(Opcode::Una, &[Unary::Absolute.into()], &[rest]);
            part = self.code.compute(Opcode::Bit, &[Bitwise::Or.into()], &[part, rest]);
        }
        let coarse = Range { low: coarse.low - 1, high: coarse.high + 1 };
        Ok(Value { range, ..self.shifted_right(value(part, coarse), shift - first, rounding, span)? })
    }

    /// 0.3*a - 0.3*b as 0.3*(a - b): one multiplication by the constant, and the last, which may take 64 bits.
    fn factored(&mut self, sum: &Linear, span: &Span) -> Lowered<Linear> {
        let odd = sum.terms.first().map_or(1, |(coefficient, _)| coefficient.mantissa.abs());
        let is_common = sum.terms.iter().all(|(coefficient, _)| coefficient.mantissa.abs() == odd);
        if sum.terms.len() < 2 || odd == 1 || !is_common || sum.constant != Dyadic::ZERO {
            return Ok(sum.clone());
        }
        let unit = |coefficient: Dyadic| Dyadic { mantissa: coefficient.mantissa.signum(), ..coefficient };
        let terms = sum.terms.iter().map(|(coefficient, base)| (unit(*coefficient), *base)).collect();
        let signs = Linear { terms, constant: Dyadic::ZERO };
        let scale = signs.scale();
        let place = self.numerator(&signs, scale, span)?;
        Ok(Linear::term(Dyadic { mantissa: odd, scale }, place, None))
    }

    /// The sum as one product, if it is one.
    fn single_product(&mut self, sum: &Linear, span: &Span) -> Lowered<Option<Product>> {
        let ([(coefficient, base)], Dyadic::ZERO) = (sum.terms.as_slice(), sum.constant) else { return Ok(None) };
        let scale = sum.scale();
        // An integer with an even coefficient has to be shifted left.
        let is_plain = coefficient.scale == scale;
        let odd = coefficient.mantissa;
        if !is_plain {
            return Ok(None);
        }
        Ok(match (odd, base.second) {
            (1 | -1, None) => None,
            (1 | -1, Some(second)) => Some(Product { a: base.first, b: second, is_negated: odd < 0 }),
            (_, None) => {
                let constant = value(self.constant(odd, span)?, Range::constant(odd.into()));
                Some(Product { a: base.first, b: constant, is_negated: false })
            }
            (_, Some(second)) => {
                // Of the three factors, two must meet in a register.
                let constant = value(self.constant(odd, span)?, Range::constant(odd.into()));
                let meets = |a: Value, b: Value| Base { first: a, second: Some(b) }.range().fits_register();
                let (a, b, last) = match () {
                    () if meets(base.first, second) => (base.first, second, constant),
                    () if meets(base.first, constant) => (base.first, constant, second),
                    () if meets(second, constant) => (second, constant, base.first),
                    () => (base.first, second, constant),
                };
                let a = self.multiplied(Base { first: a, second: Some(b) }, span)?;
                Some(Product { a, b: last, is_negated: false })
            }
        })
    }

    /// Clamps the state, whose values are `new`, to bounds.
    fn clip(
        &mut self,
        (low, high): (i32, i32),
        state: Operand,
        new: Range,
        guard: Guard,
        span: &Span,
    ) -> Lowered<Range> {
        let bounds = Range::of(low, high);
        let mut types = (1..=31).flat_map(|bits| [StateType::signed(bits), StateType::unsigned(bits)]).flatten();
        let width = types.find(|of| Range::of_type(*of) == bounds);
        let (falls_below, exceeds) = (new.low < bounds.low, new.high > bounds.high);
        if let Some(width) = width.filter(|_| exceeds || falls_below) {
            self.code.line(guard, Opcode::Sat, &[state, state, width.into()]);
        } else {
            for (applies, opcode, bound) in [(falls_below, Opcode::Max, low), (exceeds, Opcode::Min, high)] {
                if applies {
                    let bound = self.constant(bound.into(), span)?;
                    self.code.line(guard, opcode, &[state, state, bound]);
                }
            }
        }
        Ok(new.clamped(bounds))
    }
}

/// What state + R(c * state + rest) can be, for c in -1..=0: it rises with the state, so its ends come from the state's ends.
fn contracted(sum: &Linear, rounding: Rounding, (state, old): (Operand, Range)) -> Option<Range> {
    let scale = sum.scale();
    let shift = scale.unsigned_abs();
    let c = sum.coefficient_of(state)?.numerator(scale)?;
    let others = sum.terms.iter().filter(|(_, base)| !base.mentions(state));
    let rest = Linear { terms: others.copied().collect(), constant: sum.constant };
    let one = 1_i128.checked_shl(shift)?;
    if rest.terms.len() + 1 != sum.terms.len() || !(-one..=0).contains(&c) {
        return None;
    }
    let rest = rest.range(scale)?;
    let end = |state: i128| Range::constant(c * state).plus(rest).rounded(shift, rounding).plus(Range::constant(state));
    Some(end(old.low).join(end(old.high)))
}

/// An integer that an immediate addition holds.
fn small(constant: Dyadic) -> Option<i32> {
    let constant = i32::try_from(constant.numerator(0)?).ok()?;
    Immediate::<13>::new(constant).map(Immediate::get)
}
