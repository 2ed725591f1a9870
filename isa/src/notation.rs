//! Programs written out as rule text, in canonical form: dependency first, then the constant, then the factors.
//!
//! Compiling the text of a target again gives the same products, with two exceptions: a constant factor has no rule text, and
//! the compiler writes the mantissa -8 as -4 where the exponent can take the two.

use std::fmt;

use crate::sum_of_products::{Dependency, Factor, Product, SumOfProducts, Target, Variable};

impl fmt::Display for Variable {
    /// The symbol of rule text: `x1`, `w`, `m0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbol = match self {
            Self::X0 => "x0",
            Self::X1 => "x1",
            Self::X2 => "x2",
            Self::Y0 => "y0",
            Self::Y1 => "y1",
            Self::Y2 => "y2",
            Self::Y3 => "y3",
            Self::Weight => "w",
            Self::Delay => "d",
            Self::Tag => "t",
            Self::Modulator(index) => return write!(f, "m{index}"),
        };
        f.write_str(symbol)
    }
}

impl fmt::Display for Dependency {
    /// The symbol of rule text: `x0`, `y0`, `u3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreSpike => f.write_str("x0"),
            Self::PostSpike => f.write_str("y0"),
            Self::Epochs { exponent } => write!(f, "u{exponent}"),
        }
    }
}

impl fmt::Display for Factor {
    /// `x1`, `(x1 - 3)`, `sgn(w + 2)`. A constant factor has no rule text and shows as `[C]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(variable) = self.variable else {
            return write!(f, "[{}]", self.addend);
        };
        let function = if self.sign_only { "sgn" } else { "" };
        match self.addend {
            0 if self.sign_only => write!(f, "sgn({variable})"),
            0 => write!(f, "{variable}"),
            c => write!(f, "{function}({variable} {} {})", if c < 0 { '-' } else { '+' }, c.unsigned_abs()),
        }
    }
}

impl Product {
    /// Everything but the sign, dependency first: `y0*3*2^-2*x1`.
    fn write_magnitude(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.dependency)?;
        match self.mantissa.unsigned_abs() {
            1 => {}
            magnitude => write!(f, "*{magnitude}")?,
        }
        if self.exponent != 0 {
            write!(f, "*2^{}", self.exponent)?;
        }
        self.factors.iter().try_for_each(|factor| write!(f, "*{factor}"))
    }
}

impl fmt::Display for SumOfProducts {
    /// `dw = … ; dt = …`, only the targets that change.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for target in Target::ALL {
            for (at, product) in self.products(target).iter().enumerate() {
                match (at, product.mantissa < 0) {
                    (0, negative) => {
                        write!(f, "{separator}{} = {}", target.rule_name(), if negative { "-" } else { "" })?
                    }
                    (_, false) => f.write_str(" + ")?,
                    (_, true) => f.write_str(" - ")?,
                }
                product.write_magnitude(f)?;
                separator = " ; ";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_targets_that_change_are_written() {
        let factors = vec![
            Factor::of(Variable::Weight),
            Factor { variable: Some(Variable::Tag), addend: -3, sign_only: true },
            Factor { variable: None, addend: 9, sign_only: false },
        ];
        let dependency = Dependency::Epochs { exponent: 3 };
        let decay = Product { dependency, factors, mantissa: -5, exponent: -4 };
        let factors = vec![Factor { variable: Some(Variable::Modulator(1)), addend: 2, sign_only: false }];
        let reward = Product { dependency: Dependency::PreSpike, factors, mantissa: 1, exponent: 0 };
        let program =
            SumOfProducts { weight: vec![decay.clone(), decay], tag: vec![reward], ..SumOfProducts::default() };
        let expected = "dw = -u3*5*2^-4*w*sgn(t - 3)*[9] - u3*5*2^-4*w*sgn(t - 3)*[9] ; dt = x0*(m1 + 2)";
        assert_eq!(program.to_string(), expected);
        assert_eq!(SumOfProducts::default().to_string(), "");
    }
}
