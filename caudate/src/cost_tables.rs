//! What the charts of time and energy show, as tables: `costs/*.csv` of a run. Each table's energies sum to the total of its profile but for
//! static power and barriers, which belong to no core, link or population.

use crate::csv::field;
use crate::error::Error;
use caudate_core::file;
use caudate_sim::Simulation;
use caudate_sim::cost::{EnergyByComponent, PopulationCost};
use caudate_sim::timing::Bound;
use std::fmt::Display;
use std::path::Path;

/// Writes `timeline.csv`, `cores.csv`, `links.csv` and `populations.csv` to a folder, rows by cost profile.
///
/// # Errors
/// If a file cannot be written.
pub(crate) fn write_cost_tables(simulation: &Simulation<'_>, folder: &Path) -> Result<(), Error> {
    let energies =
        || std::iter::once("energy_fj".to_owned()).chain(EnergyByComponent::NAMES.map(|name| format!("{name}_fj")));
    let bounds = Bound::ALL.map(|bound| format!("steps_{}", bound.name()));
    let mut timeline = Table::new(
        ["profile", "first_step", "steps", "time_ps"].map(str::to_owned).into_iter().chain(energies()).chain(bounds),
    );
    let mut cores = Table::new(
        ["profile", "core", "x", "y", "synaptic_events", "packets"].map(str::to_owned).into_iter().chain(energies()),
    );
    let mut links =
        Table::new(["profile", "x", "y", "direction", "packets", "energy_fj"].map(str::to_owned).into_iter());
    let mut populations = Table::new(["profile", "population"].map(str::to_owned).into_iter().chain(energies()));
    for (index, meter) in simulation.meters().iter().enumerate() {
        let profile = &meter.profile().name;
        let mut first = 0;
        for bin in meter.timeline().bins() {
            timeline.text(profile);
            timeline.numbers([first, bin.steps, bin.time_ps]);
            timeline.energy(&bin.energy_fj);
            timeline.numbers(bin.steps_by_bound);
            first += bin.steps;
        }
        let Some(shares) = simulation.breakdown(index) else { continue };
        for (number, core) in (0..).zip(&shares.cores) {
            cores.text(profile);
            cores.numbers([number, core.tile.x.into(), core.tile.y.into(), core.synaptic_events, core.packets]);
            cores.energy(&core.energy_fj);
        }
        for link in &shares.links {
            links.text(profile);
            links.numbers([link.tile.x, link.tile.y]);
            links.text(link.direction.name());
            links.numbers([u128::from(link.packets), link.energy_fj]);
        }
        for PopulationCost { name, energy_fj } in &shares.populations {
            populations.text(profile);
            populations.text(name);
            populations.energy(energy_fj);
        }
    }
    for (name, table) in [("timeline", timeline), ("cores", cores), ("links", links), ("populations", populations)] {
        file::write_atomically(&folder.join(format!("{name}.csv")), table.rows.as_bytes())?;
    }
    Ok(())
}

/// Fields of CSV, row after row.
struct Table {
    columns: usize,
    fields: usize,
    rows: String,
}

impl Table {
    fn new(names: impl Iterator<Item = String>) -> Self {
        let names: Vec<String> = names.collect();
        Self { columns: names.len(), fields: 0, rows: names.join(",") + "\n" }
    }

    fn field(&mut self, text: &str) {
        self.fields += 1;
        self.rows.push_str(text);
        self.rows.push(if self.fields.is_multiple_of(self.columns) { '\n' } else { ',' });
    }

    fn text(&mut self, text: &str) {
        self.field(&field(text));
    }

    fn numbers(&mut self, numbers: impl IntoIterator<Item = impl Display>) {
        numbers.into_iter().for_each(|number| self.field(&number.to_string()));
    }

    fn energy(&mut self, energy: &EnergyByComponent) {
        self.numbers([energy.total()]);
        self.numbers(energy.parts());
    }
}
