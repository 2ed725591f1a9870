//! Explanations for people.

use super::{Candidate, CoreExplanation, NeuronExplanation};
use crate::grouped::grouped;
use std::fmt;

/// Lines of a table that are shown; JSON has them all.
const MAX_LINES: usize = 10;

fn unit(is_recorded: bool) -> &'static str {
    if is_recorded { "spikes per step" } else { "spikes per step if every source spikes in each step" }
}

fn rest(f: &mut fmt::Formatter<'_>, lines: usize) -> fmt::Result {
    if lines > MAX_LINES { writeln!(f, "  ... and {} more; --json lists them all", lines - MAX_LINES) } else { Ok(()) }
}

impl fmt::Display for NeuronExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}:{} is compartment {} of core {}, tile ({}, {})",
            self.population, self.member, self.compartment, self.core, self.tile.x, self.tile.y
        )?;
        if self.cell.len() > 1 {
            let names: Vec<String> = self.cell.iter().map(|(name, member)| format!("{name}:{member}")).collect();
            writeln!(f, "  one cell, which moves as a whole: {}", names.join(", "))?;
        }
        writeln!(
            f,
            "  {} sources: {} lie on core {}, {} reach other neurons there as well",
            grouped(self.sources as u64),
            grouped(self.sources_on_core as u64),
            self.core,
            grouped(self.sources_shared as u64)
        )?;
        let destinations: Vec<String> = self.destinations.iter().take(MAX_LINES).map(ToString::to_string).collect();
        let more = if self.destinations.len() > MAX_LINES { ", ..." } else { "" };
        match destinations.as_slice() {
            [] => writeln!(f, "  its spikes go nowhere")?,
            list => writeln!(f, "  its spikes go to cores {}{more}", list.join(", "))?,
        }
        writeln!(f, "  {}", self.why)?;
        if self.candidates.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nmoving it, in {}", unit(self.is_recorded))?;
        writeln!(f, "  {:<8} {:>8} {:>12} {:>12}  would break", "to core", "sources", "traffic", "hops")?;
        for candidate in self.candidates.iter().take(MAX_LINES) {
            write_candidate(f, candidate)?;
        }
        rest(f, self.candidates.len())
    }
}

fn write_candidate(f: &mut fmt::Formatter<'_>, own: &Candidate) -> fmt::Result {
    let name = if own.tile.is_some() { own.core.to_string() } else { "empty".to_owned() };
    let hops = own.hops.map_or_else(|| "-".to_owned(), |hops| format!("{hops:+.3}"));
    let excess = |own: &super::Excess| {
        let (needed, limit) = (grouped(own.needed), grouped(own.limit));
        format!("{needed} {} on core {} (limit {limit})", own.resource.noun(), own.core)
    };
    let breaks: Vec<String> = own.breaks.iter().map(excess).collect();
    let breaks = if breaks.is_empty() { "nothing".to_owned() } else { breaks.join(", ") };
    writeln!(f, "  {name:<8} {:>8} {:>+12.3} {hops:>12}  {breaks}", grouped(own.sources_there as u64), own.traffic)
}

impl fmt::Display for CoreExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "core {} is on tile ({}, {})", self.core, self.tile.x, self.tile.y)?;
        for (population, neurons) in &self.populations {
            writeln!(f, "  {population:<24} {:>10} neurons", grouped(u64::from(*neurons)))?;
        }
        writeln!(f, "\n  {:<24} {:>10} {:>10}", "resource", "in use", "limit")?;
        for (resource, used, limit) in &self.usage {
            let shown = limit.number().map_or_else(|| "-".to_owned(), grouped);
            let mark = if self.binding == Some(*resource) { "  closest to its limit" } else { "" };
            writeln!(f, "  {:<24} {:>10} {shown:>10}{mark}", resource.noun(), grouped(*used))?;
        }
        writeln!(f, "\nspikes, in {}", unit(self.is_recorded))?;
        writeln!(f, "  {:<12} {:>12} {:>12} {:>6}", "core", "sent", "received", "hops")?;
        if self.from_inputs > 0.0 {
            writeln!(f, "  {:<12} {:>12} {:>12.3} {:>6}", "inputs", "-", self.from_inputs, "-")?;
        }
        for partner in self.partners.iter().take(MAX_LINES) {
            writeln!(
                f,
                "  {:<12} {:>12.3} {:>12.3} {:>6}",
                partner.core, partner.sent, partner.received, partner.hops
            )?;
        }
        rest(f, self.partners.len())?;
        match self.exchanges.first() {
            None => writeln!(f, "\nevery core in use is on this tile: moving it changes nothing"),
            Some(best) if best.hops < -1e-9 => writeln!(
                f,
                "\nexchanging tiles with core {} would save {:.3} hops per step: another placement may find that",
                best.core, -best.hops
            ),
            Some(best) => writeln!(
                f,
                "\nno exchange of tiles saves hops; the cheapest, with core {} on tile ({}, {}), costs {:.3} per step",
                best.core, best.tile.x, best.tile.y, best.hops
            ),
        }
    }
}
