//! The mesh of an image as a picture.

use super::MappingReport;
use super::traffic::Wires;
use crate::mesh::Flows;
use crate::mesh::floorplan::{Shade, svg_of};
use crate::problem::score::Placement;
use caudate_core::image::ChipImage;

impl MappingReport {
    /// Draws the mesh: cores shaded by their fullest resource, links between the cores that exchange most spikes. Cores of one tile
    /// lie next to each other. `rates` are in spikes per step, by logical id.
    #[must_use]
    pub fn floorplan(&self, image: &ChipImage, rates: &[f64]) -> String {
        let per_tile = image.chip.mesh.cores_per_tile.max(1);
        let columns = (f64::from(per_tile)).sqrt().ceil() as u32;
        let rows = per_tile.div_ceil(columns);
        let width = (self.cores.iter().map(|core| core.tile.x).max().unwrap_or(0) + 1) * columns;
        let mut on_tile = 0;
        let mut before = None;
        let mut cell = Vec::with_capacity(self.cores.len());
        for core in &self.cores {
            // Cores are numbered tile by tile.
            on_tile = if before == Some(core.tile) { on_tile + 1 } else { 0 };
            before = Some(core.tile);
            let (x, y) = (core.tile.x * columns + on_tile % columns, core.tile.y * rows + on_tile / columns);
            cell.push(y * width + x);
        }
        let shades = self.cores.iter().map(|core| {
            let fullest = core.usage.iter().find(|own| Some(own.resource) == core.binding);
            let used: Vec<String> =
                core.usage.iter().map(|own| format!("{} {}", own.used, own.resource.noun())).collect();
            Shade {
                fill: fullest.map_or(0.0, |own| own.fill_percent / 100.0),
                resource: fullest.map_or("nothing", |own| own.resource.noun()).to_owned(),
                detail: used.join(", "),
            }
        });
        let wires = Wires::of(image, rates);
        let mut between = vec![Vec::new(); self.cores.len()];
        for ((from, to), rate) in &wires.links {
            let back = wires.links.get(&(*to, *from)).copied().unwrap_or(0.0);
            if from < to {
                between[*from as usize].push((*to, rate + back));
            } else if back == 0.0 {
                between[*to as usize].push((*from, *rate));
            }
        }
        let flows = Flows { cores: self.cores.len() as u32, between, from_outside: wires.from_inputs };
        let title = format!("{} on {}: {} cores", self.network, self.chip, self.cores.len());
        let unit = if self.traffic.is_recorded { "spikes per step" } else { "routes" };
        svg_of(&title, &shades.collect::<Vec<_>>(), &flows, &Placement { width, cell }, unit)
    }
}
