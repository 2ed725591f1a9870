//! Products of one variable as tables: the rule's arithmetic done once for each value, not for each synapse.

use super::Rule;
use super::kernel::{follow, follow_levels};
use super::levels::Levels;
use crate::learning::plastic::Plastic;
use crate::learning::product::{AccumulatorRange, Line, Operands, PreparedProduct};
use crate::modulator::SLOTS;
use crate::trace::TRACE_MAX;
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

impl Read {
    /// The variable that is read there.
    const fn variable(self) -> Variable {
        match self {
            Self::Pre(0) => Variable::X1,
            Self::Pre(_) => Variable::X2,
            Self::Post(0) => Variable::Y1,
            Self::Post(1) => Variable::Y2,
            Self::Post(_) => Variable::Y3,
            Self::Weight => Variable::Weight,
            Self::Tag => Variable::Tag,
        }
    }
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
    /// Those of weights.
    levels: Levels,
    /// By trace or level; by tag, 256 added to it.
    terms: Box<Terms>,
}

/// Values that a variable may take.
const ENTRIES: usize = 512;
/// A term for each.
pub(super) type Terms = [i16; ENTRIES];
/// For whoever looks up traces for their marks alone.
pub(super) static NO_TERMS: Terms = [0; ENTRIES];
/// What makes of a tag the number of its entry.
const TAG_OFFSET: i16 = 256;

impl Table {
    fn new(rule: &Rule, product: &PreparedProduct, kind: Target, read: Read, others: &Operands) -> Self {
        let rounder = &rule.rounders[kind as usize];
        let values: Vec<i16> = match read {
            Read::Pre(_) | Read::Post(_) => (0..=TRACE_MAX).collect(),
            Read::Weight => (0..=rule.levels.highest()).map(|level| rule.levels.mantissa(level)).collect(),
            Read::Tag => (-TAG_OFFSET..TAG_OFFSET).collect(),
        };
        let (mut terms, mut is_whole) = (Box::new([0; ENTRIES]), true);
        for (value, term) in values.into_iter().zip(terms.iter_mut()) {
            *term = product.evaluate(&with(read, value, others), AccumulatorRange::TWOS_COMPLEMENT) as i16;
            is_whole &= rounder.is_whole((*term).into());
        }
        Self { kind, read, is_whole, line: product.line(read.variable(), others), levels: rule.levels, terms }
    }

    /// The terms of all traces or levels. That of a marked trace means nothing.
    pub(super) const fn all(&self) -> &Terms {
        &self.terms
    }

    /// The term of a trace or of a weight's level.
    #[inline(always)]
    pub(super) fn term(&self, value: u8) -> i16 {
        self.terms[usize::from(value)]
    }

    /// The terms of weights' levels. Returns whether any is not 0.
    #[inline(always)]
    pub(super) fn terms_of_weights(&self, levels: &[u8], terms: &mut [i16]) -> bool {
        match &self.line {
            Some(line) => follow_levels(line, self.levels, levels, terms) != 0,
            None => look_up(levels.iter().map(|level| self.term(*level)), terms),
        }
    }

    /// The same for tags.
    #[inline(always)]
    pub(super) fn terms_of_tags(&self, tags: &[i16], terms: &mut [i16]) -> bool {
        match &self.line {
            Some(line) => follow(line, tags, terms) != 0,
            None => look_up(tags.iter().map(|tag| self.term_of_tag(*tag)), terms),
        }
    }

    /// The same where all read one value.
    pub(super) fn equal_terms(&self, value: u8, terms: &mut [i16]) -> bool {
        terms.fill(self.term(value));
        self.term(value) != 0
    }

    /// The term of a tag.
    #[inline(always)]
    pub(super) fn term_of_tag(&self, tag: i16) -> i16 {
        self.terms[usize::from(tag.wrapping_add(TAG_OFFSET) as u16) % ENTRIES]
    }
}

#[inline(always)]
fn look_up(found: impl Iterator<Item = i16>, terms: &mut [i16]) -> bool {
    let any = terms.iter_mut().zip(found).fold(0, |any, (term, found)| {
        *term = found;
        any | found
    });
    any != 0
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

    /// The trace of the source that the first table reads, x1 or x2, and its terms.
    pub(super) fn first_pre_trace(&self) -> Option<(usize, &Terms)> {
        match self {
            Self::Tables(tables) => match tables.first()? {
                Table { read: Read::Pre(index), terms, .. } => Some((*index, terms)),
                _ => None,
            },
            Self::General => None,
        }
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
