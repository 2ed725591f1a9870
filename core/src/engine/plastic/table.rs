//! Products of one variable as tables: the rule's arithmetic done once for each value, not for each synapse.

use super::Rule;
use super::kernel::{Lanes, follow};
use crate::learning::plastic::Plastic;
use crate::learning::product::{AccumulatorRange, Line, Operands, PreparedProduct};
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
    /// Whether no term has a fraction to round: then nothing is drawn.
    pub(super) is_whole: bool,
    /// The same as arithmetic, where that is possible.
    line: Option<Line>,
    terms: Box<[i16; ENTRIES]>,
}

/// Every variable is at least this.
const LOWEST: i16 = -256;
/// Values that a variable may take.
const ENTRIES: usize = 512;

impl Table {
    fn new(rule: &Rule, product: &PreparedProduct, kind: Target, read: Read, others: &Operands) -> Self {
        let mut terms = Box::new([0; ENTRIES]);
        for (value, term) in (LOWEST..).zip(terms.iter_mut()) {
            let operands = with(read, value, others);
            *term = product.evaluate(&operands, AccumulatorRange::TWOS_COMPLEMENT) as i16;
        }
        let rounder = &rule.rounders[kind as usize];
        Self {
            kind,
            read,
            is_whole: terms.iter().all(|term| rounder.is_whole((*term).into())),
            line: product.line(variable(read), others),
            terms,
        }
    }

    #[inline(always)]
    fn term(&self, value: i16) -> i16 {
        self.terms[usize::from(value.wrapping_sub(LOWEST) as u16) & (ENTRIES - 1)]
    }

    /// The terms of values.
    #[inline(always)]
    pub(super) fn terms(&self, values: &Lanes<i16>, terms: &mut Lanes<i16>) {
        match &self.line {
            Some(line) => follow(line, values, terms),
            None => terms.iter_mut().zip(values).for_each(|(term, value)| *term = self.term(*value)),
        }
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
        let others =
            Operands { x: [spikes[0], 0, 0], y: [spikes[1], 0, 0, 0], modulators: *modulators, ..Operands::default() };
        for (kind, products) in Target::ALL.into_iter().zip(&rule.products) {
            let is_silent = |variable| match variable {
                Variable::X0 => spikes[0] == 0,
                Variable::Y0 => spikes[1] == 0,
                _ => Plastic::is_silent(variable, modulators),
            };
            let mut own = products.iter().filter(|product| due(product) && !product.vanishes(is_silent));
            let Some(product) = own.next() else { continue };
            let (None, Some(read), true) = (own.next(), only_read(product), kind != Target::Delay) else {
                return Self::General;
            };
            tables.push(Table::new(rule, product, kind, read, &others));
        }
        Self::Tables(tables)
    }
}

/// The one variable of a product besides spikes and modulators.
fn only_read(product: &PreparedProduct) -> Option<Read> {
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

const fn variable(read: Read) -> Variable {
    match read {
        Read::Pre(0) => Variable::X1,
        Read::Pre(_) => Variable::X2,
        Read::Post(0) => Variable::Y1,
        Read::Post(1) => Variable::Y2,
        Read::Post(_) => Variable::Y3,
        Read::Weight => Variable::Weight,
        Read::Tag => Variable::Tag,
    }
}

fn with(read: Read, value: i16, others: &Operands) -> Operands {
    let mut operands = *others;
    match read {
        Read::Pre(index) => operands.x[index + 1] = value,
        Read::Post(index) => operands.y[index + 1] = value,
        Read::Weight => operands.weight = value,
        Read::Tag => operands.tag = value,
    }
    operands
}
