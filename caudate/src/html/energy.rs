//! Energy by component and by population.

use super::Chart;
use super::axis::{short, with_unit};
use super::svg::{Anchor, Svg};
use caudate_sim::cost::{CostReport, EnergyByComponent, PopulationCost};

/// Colours of components, in the order of [`EnergyByComponent::NAMES`].
const COLOURS: [&str; 7] = ["--c0", "--c1", "--c2", "--c3", "--c4", "--c5", "--c6"];
/// Populations that are shown, those with most energy first.
const MOST_POPULATIONS: usize = 14;
const LEFT: f64 = 128.0;
const WIDTH: f64 = 580.0;

/// Energy by component, a bar per profile.
pub(super) fn components(costs: &[CostReport]) -> Chart {
    let rows: Vec<(String, EnergyByComponent)> =
        costs.iter().map(|cost| (cost.profile.clone(), cost.energy_fj)).collect();
    let title = "Energy by component".to_owned();
    let caption = "Of the whole run, by cost profile; the parts sum to the total exactly.".to_owned();
    Chart { id: "components", svg: bars("components", &title, &rows), title, caption, is_wide: false }
}

/// Energy by population under one profile.
pub(super) fn populations(profile: &str, populations: &[PopulationCost]) -> Chart {
    let mut sorted: Vec<&PopulationCost> = populations.iter().collect();
    sorted.sort_by_key(|own| std::cmp::Reverse(own.energy_fj.total()));
    let mut rows: Vec<(String, EnergyByComponent)> =
        sorted.iter().take(MOST_POPULATIONS).map(|own| (own.name.clone(), own.energy_fj)).collect();
    if sorted.len() > MOST_POPULATIONS {
        let mut rest = EnergyByComponent::default();
        sorted[MOST_POPULATIONS..].iter().for_each(|own| rest.add(&own.energy_fj));
        rows.push((format!("{} others", sorted.len() - MOST_POPULATIONS), rest));
    }
    let title = "Energy by population".to_owned();
    let caption = format!(
        "Under {profile}. Spikes, packets and synaptic events belong to the population that spiked; cores share their energy for neurons and learning out by compartments."
    );
    Chart { id: "populations", svg: bars("populations", &title, &rows), title, caption, is_wide: false }
}

fn bars(id: &str, title: &str, rows: &[(String, EnergyByComponent)]) -> String {
    let row_height = if rows.len() <= 4 { 40.0 } else { 19.0 };
    let most = rows.iter().map(|(_, energy)| energy.total()).max().unwrap_or(0).max(1) as f64;
    let space = WIDTH - LEFT - 82.0;
    let mut svg = Svg::new(WIDTH, 30.0 + row_height * rows.len() as f64);
    let seen = |component: usize| rows.iter().any(|(_, energy)| energy.parts()[component] > 0);
    let mut legend = 4.0;
    for (component, name) in EnergyByComponent::NAMES.iter().enumerate().filter(|(component, _)| seen(*component)) {
        svg.rect("key", (legend, 3.0, 10.0, 10.0), &format!("fill:var({})", COLOURS[component]), "");
        svg.text("note", (legend + 14.0, 12.0), Anchor::Start, name);
        legend += 30.0 + 6.2 * name.len() as f64;
    }
    for (row, (name, energy)) in rows.iter().enumerate() {
        let y = 24.0 + row_height * row as f64;
        let height = (row_height * 0.68).min(24.0);
        svg.text("tick", (LEFT - 8.0, y + height / 2.0 + 4.0), Anchor::End, name);
        let mut x = LEFT;
        for (component, part) in energy.parts().into_iter().enumerate().filter(|(_, part)| *part > 0) {
            let width = space * part as f64 / most;
            let share = 100.0 * part as f64 / energy.total().max(1) as f64;
            let tip = format!(
                "{name}\n{}: {} ({} %)",
                EnergyByComponent::NAMES[component],
                with_unit(part as f64 * 1e-15, "J"),
                short(share)
            );
            svg.rect("mark", (x, y, width, height), &format!("fill:var({})", COLOURS[component]), &tip);
            x += width;
        }
        svg.text(
            "note",
            (x + 6.0, y + height / 2.0 + 4.0),
            Anchor::Start,
            &with_unit(energy.total() as f64 * 1e-15, "J"),
        );
    }
    svg.finish(id, title)
}
