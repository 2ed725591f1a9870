//! The report as a table for people.

use super::MappingReport;
use crate::grouped::grouped;
use caudate_core::chip::Limit;
use std::fmt;

/// Lines of a section that are shown; JSON has them all.
const MAX_LINES: usize = 24;

impl fmt::Display for MappingReport {
    /// Several lines, without a final line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let totals = &self.totals;
        writeln!(
            f,
            "network '{}' on chip '{}' (semantics {}, seed {}, {}, {})",
            self.network,
            self.chip,
            self.semantics.name(),
            self.seed,
            self.partitioner,
            self.placer
        )?;
        writeln!(
            f,
            "  {} neurons, {} inputs, {} synapses on {} of {} cores; {} routes, {} between cores",
            grouped(totals.neurons),
            grouped(totals.inputs),
            grouped(totals.synapses),
            grouped(totals.cores),
            limit(totals.chip_cores),
            grouped(totals.routes),
            grouped(totals.routes_between_cores)
        )?;
        self.write_traffic(f)?;
        self.write_resources(f)?;
        self.write_populations(f)?;
        self.write_projections(f)?;
        self.write_quantisation(f)?;
        for warning in &self.warnings {
            write!(f, "\nwarning: {warning}")?;
        }
        Ok(())
    }
}

impl MappingReport {
    fn write_traffic(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let traffic = &self.traffic;
        let unit = if traffic.is_recorded { "spikes per step" } else { "routes" };
        writeln!(
            f,
            "  traffic {:.1} {unit} ({:.1} between cores, {:.1} from inputs; at least {:.1}), {:.1} tile hops; at least {} cores",
            traffic.total,
            traffic.between_cores,
            traffic.from_inputs,
            traffic.total_at_least,
            traffic.hops,
            grouped(traffic.cores_at_least)
        )
    }

    fn write_resources(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\n  {:<24} {:>10} {:>10} {:>6} {:>10} {:>7}",
            "per core", "limit", "largest", "core", "mean", "closed"
        )?;
        for resource in &self.resources {
            write!(
                f,
                "\n  {:<24} {:>10} {:>10} {:>6} {:>10.1} {:>7}",
                resource.resource.noun(),
                limit(resource.limit),
                grouped(resource.largest),
                resource.on_core,
                resource.mean,
                resource.closed_cores
            )?;
        }
        Ok(())
    }

    fn write_populations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n\n  {:<24} {:>10} {:>10}  cores", "population", "size", "first id")?;
        for population in self.populations.iter().take(MAX_LINES) {
            let cores = match population.runs.as_slice() {
                [] => "none: inputs".to_owned(),
                [only] => only.core.to_string(),
                [first, .., last] if self.populations.len() > MAX_LINES || population.runs.len() > 4 => {
                    format!("{}, .. {} ({} runs)", first.core, last.core, population.runs.len())
                }
                runs => runs.iter().map(|run| run.core.to_string()).collect::<Vec<_>>().join(", "),
            };
            write!(
                f,
                "\n  {:<24} {:>10} {:>10}  {cores}",
                population.name,
                grouped(population.size.into()),
                population.first_id
            )?;
        }
        self.write_rest(f, self.populations.len())
    }

    fn write_projections(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.projections.is_empty() {
            return Ok(());
        }
        write!(
            f,
            "\n\n  {:<24} {:>12} {:>10} {:>5}  {:<22} rule",
            "projection", "synapses", "lists", "bits", "weights"
        )?;
        for projection in self.projections.iter().take(MAX_LINES) {
            let format = &projection.format;
            let weights =
                format!("{} bits * 2^{}, {}", format.weight_bits, format.weight_exponent, format.sign_mode.name());
            let rule = projection.rule.as_deref().unwrap_or("-");
            write!(
                f,
                "\n  {:<24} {:>12} {:>10} {:>5}  {weights:<22} {rule}",
                projection.name,
                grouped(projection.synapses),
                grouped(projection.lists),
                projection.synapse_bits
            )?;
        }
        self.write_rest(f, self.projections.len())
    }

    fn write_quantisation(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed: Vec<_> = self.quantisation.iter().filter(|entry| entry.changed > 0).collect();
        if changed.is_empty() {
            return write!(f, "\n\n  quantisation: every number is stored as it was written");
        }
        write!(f, "\n\n  {:<40} {:>12} {:>12} {:>12}  unit", "quantisation", "changed", "mean error", "max error")?;
        for entry in changed.iter().take(MAX_LINES) {
            let what = format!("{}, {}", entry.part, entry.parameter);
            let note = entry.note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
            write!(
                f,
                "\n  {what:<40} {:>12} {:>12.4} {:>12.4}  {}{note}",
                grouped(entry.changed),
                entry.mean_error,
                entry.max_error,
                entry.unit
            )?;
        }
        self.write_rest(f, changed.len())
    }

    fn write_rest(&self, f: &mut fmt::Formatter<'_>, lines: usize) -> fmt::Result {
        if lines > MAX_LINES {
            write!(f, "\n  ... and {} more; see the JSON report", lines - MAX_LINES)
        } else {
            Ok(())
        }
    }
}

fn limit(limit: Limit) -> String {
    limit.number().map_or_else(|| "-".to_owned(), grouped)
}
