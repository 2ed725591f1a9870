//! What a change makes of hops: rate times the way on a mesh, from the core of a source to each core that hears it.

use super::assignment::Net;
use super::score::Placement;
use super::{Assignment, EXTERNAL};

/// Columns and rows of placed cores.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    at: Vec<(i32, i32)>,
}

impl Ways {
    pub(crate) fn of(placement: &Placement) -> Self {
        let at = |core: u32| {
            let (x, y) = placement.at(core);
            (x as i32, y as i32)
        };
        Self { at: (0..placement.cell.len() as u32).map(at).collect() }
    }

    fn cells((x, y): (i32, i32), (to_x, to_y): (i32, i32)) -> f64 {
        f64::from((x - to_x).abs() + (y - to_y).abs())
    }

    fn between(&self, from: u32, to: u32) -> f64 {
        Self::cells(self.at[from as usize], self.at[to as usize])
    }

    /// To a core, from that of a source or, if there is none, from outside.
    fn to_core(&self, source: Option<u32>, to: u32) -> f64 {
        Self::cells(source.map_or((0, 0), |core| self.at[core as usize]), self.at[to as usize])
    }
}

impl Assignment<'_> {
    /// Rate times the way to each destination core, summed.
    pub(crate) fn hops(&self, ways: &Ways) -> f64 {
        let of = |net: u32| {
            let source = self.source_core(&self.net[net as usize]);
            let mut sum = 0.0;
            self.rows.for_each(net, |core, _| sum += ways.to_core(source, core));
            self.net[net as usize].rate * sum
        };
        (0..self.problem.nets() as u32).map(of).sum()
    }

    fn source_core(&self, net: &Net) -> Option<u32> {
        (net.owner != EXTERNAL).then(|| self.core_of[net.owner as usize])
    }

    /// By how much hops grow if a vertex moves to another core.
    pub(crate) fn hops_of_move(&self, ways: &Ways, vertex: u32, to: u32) -> f64 {
        let from = self.core_of[vertex as usize];
        let mut growth = 0.0;
        for net in self.problem.inputs.of(vertex) {
            // A pin of the owner counts like one of a target: its core is no way off.
            let (in_from, in_to) = self.rows.pair(*net, from, to);
            let own = &self.net[*net as usize];
            if (in_from > 1 && in_to > 0) || own.owner == vertex {
                continue;
            }
            let source = self.source_core(own);
            let entered = if in_to == 0 { ways.to_core(source, to) } else { 0.0 };
            let left = if in_from == 1 { ways.to_core(source, from) } else { 0.0 };
            growth += own.rate * (entered - left);
        }
        let outputs = self.problem.outputs.of(vertex).iter();
        // The pin of the owner leaves with it.
        growth + outputs.map(|net| self.hops_of_source(ways, *net, from, to, 1)).sum::<f64>()
    }

    /// By how much hops grow if two vertices with the same inputs exchange their cores.
    pub(crate) fn hops_of_twins(&self, ways: &Ways, first: u32, second: u32) -> f64 {
        let (from, to) = (self.core_of[first as usize], self.core_of[second as usize]);
        let of = |vertex: u32, from: u32, to: u32| {
            let outputs = self.problem.outputs.of(vertex).iter();
            let leaving = |net: u32| u32::from(self.net[net as usize].owner_is_extra);
            outputs.map(|net| self.hops_of_source(ways, *net, from, to, leaving(*net))).sum::<f64>()
        };
        of(first, from, to) + of(second, to, from)
    }

    /// By how much the way of a net grows if its source moves, and so many of the pins beside it.
    fn hops_of_source(&self, ways: &Ways, net: u32, from: u32, to: u32, leaving: u32) -> f64 {
        let mut growth = 0.0;
        self.rows.for_each(net, |core, pins| {
            growth += if core != from {
                ways.between(to, core) - ways.between(from, core)
            } else if pins > leaving {
                ways.between(to, from)
            } else {
                0.0
            };
        });
        self.net[net as usize].rate * growth
    }
}
