//! Products of one variable as tables: the rule's arithmetic done once for each value, not for each synapse.

use super::Rule;
use crate::learning::plastic::Plastic;
use crate::learning::product::{AccumulatorRange, Operands, PreparedProduct};
use crate::modulator::SLOTS;
use caudate_isa::sum_of_products::{Target, Variable};

/// Where a table's variable is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// x1, x2 of the list.
    Pre(usize),
    /// y1, y2, y3 of the target.
    Post(usize),
    Weight,
    Tag,
}

/// The term that one product adds for each value of its variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) kind: Target,
    pub(super) read: Read,
    terms: Vec<i32>,
}

/// Weights and tags lie above this.
const LOWEST: i16 = -256;

impl Table {
    #[inline(always)]
    pub(super) fn term(&self, value: i16) -> i32 {
        self.terms[usize::from(value.wrapping_sub(LOWEST) as u16) & 511]
    }
}

/// What the products that count in some situation amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plan {
    /// Tables to apply in turn; none changes nothing.
    Tables(Vec<Table>),
    /// Every synapse by the sum of its products.
    General,
}

impl Plan {
    /// Plans for the products that are `due` at synapses whose x0 and y0 are these.
    pub(super) fn new(
        rule: &Rule,
        modulators: &[i8; SLOTS],
        spikes: [i16; 2],
        due: impl Fn(&PreparedProduct) -> bool,
    ) -> Self {
        let mut tables = Vec::new();
        for (kind, products) in Target::ALL.into_iter().zip(&rule.products) {
            let is_silent = |variable| match variable {
                Variable::X0 => spikes[0] == 0,
                Variable::Y0 => spikes[1] == 0,
                _ => Plastic::is_silent(variable, modulators),
            };
            let mut own = products.iter().filter(|product| due(product) && !product.vanishes(is_silent));
            let Some(product) = own.next() else { continue };
            let (None, Some(read), true) = (own.next(), variable_of(product), kind != Target::Delay) else {
                return Self::General;
            };
            let terms = (LOWEST..-LOWEST).map(|value| {
                let operands = operands(read, value, spikes, modulators);
                product.evaluate(&operands, AccumulatorRange::TWOS_COMPLEMENT) as i32
            });
            tables.push(Table { kind, read, terms: terms.collect() });
        }
        Self::Tables(tables)
    }
}

/// The one variable of a product besides spikes and modulators.
fn variable_of(product: &PreparedProduct) -> Option<Read> {
    let mut only = None;
    for variable in product.factors.iter().filter_map(|factor| factor.variable) {
        let read = match variable {
            Variable::X0 | Variable::Y0 | Variable::Modulator(_) => continue,
            Variable::X1 => Read::Pre(0),
            Variable::X2 => Read::Pre(1),
            Variable::Y1 => Read::Post(0),
            Variable::Y2 => Read::Post(1),
            Variable::Y3 => Read::Post(2),
            Variable::Weight => Read::Weight,
            Variable::Tag => Read::Tag,
            Variable::Delay => return None,
        };
        if only.is_some_and(|only| only != read) {
            return None;
        }
        only = Some(read);
    }
    // A product of constants is read through the weight, which it ignores.
    Some(only.unwrap_or(Read::Weight))
}

fn operands(read: Read, value: i16, spikes: [i16; 2], modulators: &[i8; SLOTS]) -> Operands {
    let mut operands =
        Operands { x: [spikes[0], 0, 0], y: [spikes[1], 0, 0, 0], modulators: *modulators, ..Operands::default() };
    match read {
        Read::Pre(index) => operands.x[index + 1] = value,
        Read::Post(index) => operands.y[index + 1] = value,
        Read::Weight => operands.weight = value,
        Read::Tag => operands.tag = value,
    }
    operands
}
