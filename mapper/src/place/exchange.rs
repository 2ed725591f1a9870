//! Exchange: cores that exchange many spikes share a tile or lie on tiles nearby, found by annealed exchanges of slots.
//!
//! Hops count between tiles; spikes from outside have none. The mesh in use is as square as the chip allows.

use super::Task;
use crate::mesh::Flows;
use crate::problem::random::Random;

const EMPTY: u32 = u32::MAX;
/// Distances computed in all, for small and for large meshes.
const WORK: u64 = 40_000_000;
/// Exchanges tried per core at most.
const TRIES_PER_CORE: u64 = 10_000;
const TEMPERATURES: u32 = 40;

pub(super) fn place(task: &Task<'_>) -> Vec<u32> {
    let mesh = &task.chip.mesh;
    let per_tile = mesh.cores_per_tile.max(1);
    let tiles = task.cores.div_ceil(per_tile);
    let row = mesh.width_tiles(task.cores as usize);
    // No more columns than a square needs, but enough for the rows that the chip has.
    let rows = mesh.tiles_y.number().map_or(u32::MAX, |rows| u32::try_from(rows).unwrap_or(u32::MAX)).max(1);
    let width = (tiles as f64).sqrt().ceil().max(f64::from(tiles.div_ceil(rows))) as u32;
    let width = width.clamp(1, row);
    let slots = tiles.div_ceil(width) * width * per_tile;

    let tile = |slot: u32| (slot / per_tile % width, slot / per_tile / width);
    let mut order = Slots { flows: task.flows, tile: &tile, slot_of: (0..task.cores).collect(), core_at: Vec::new() };
    order.core_at = (0..slots).map(|slot| if slot < task.cores { slot } else { EMPTY }).collect();
    if tiles > 1 {
        order.anneal(task.seed);
    }
    let on_chip = |slot: &u32| {
        let (x, y) = tile(*slot);
        (y * row + x) * per_tile + slot % per_tile
    };
    order.slot_of.iter().map(on_chip).collect()
}

struct Slots<'a, Tile: Fn(u32) -> (u32, u32)> {
    flows: &'a Flows,
    tile: &'a Tile,
    slot_of: Vec<u32>,
    core_at: Vec<u32>,
}

impl<Tile: Fn(u32) -> (u32, u32)> Slots<'_, Tile> {
    fn anneal(&mut self, seed: u64) {
        let (cores, slots) = (self.slot_of.len(), self.core_at.len());
        let mut random = Random::new(seed, 0x9_1ACE);
        let links: usize = self.flows.between.iter().map(Vec::len).sum();
        let per_try = 2 * (links / cores + 2) as u64;
        let tries = (WORK / per_try).min(TRIES_PER_CORE * cores as u64) / u64::from(TEMPERATURES);
        let mut mean = 0.0;
        for _ in 0..200 {
            mean += self.change(random.below(cores) as u32, random.below(slots) as u32).abs() / 200.0;
        }
        for step in 0..=TEMPERATURES {
            let part = f64::from(step) / f64::from(TEMPERATURES);
            let temperature = if step == TEMPERATURES { 0.0 } else { mean * 0.4 * 0.002_f64.powf(part) };
            for _ in 0..tries {
                let (core, slot) = (random.below(cores) as u32, random.below(slots) as u32);
                let longer = self.change(core, slot);
                if longer < 0.0 || (temperature > 0.0 && longer <= -temperature * random.unit().ln()) {
                    self.exchange(core, slot);
                }
            }
        }
    }

    fn exchange(&mut self, core: u32, slot: u32) {
        let from = std::mem::replace(&mut self.slot_of[core as usize], slot);
        let other = std::mem::replace(&mut self.core_at[slot as usize], core);
        if other != core {
            self.core_at[from as usize] = other;
            if other != EMPTY {
                self.slot_of[other as usize] = from;
            }
        }
    }

    /// How many more hops per step spikes take when a core moves to a slot, and the core there to its own.
    fn change(&self, core: u32, slot: u32) -> f64 {
        let distance = |a: (u32, u32), b: (u32, u32)| f64::from(a.0.abs_diff(b.0) + a.1.abs_diff(b.1));
        let (here, there) = ((self.tile)(self.slot_of[core as usize]), (self.tile)(slot));
        let other = self.core_at[slot as usize];
        if here == there {
            return 0.0;
        }
        let mut sum = 0.0;
        for (moved, from, to, partner) in [(core, here, there, other), (other, there, here, core)] {
            if moved == EMPTY {
                continue;
            }
            for (neighbour, rate) in &self.flows.between[moved as usize] {
                // The way between the two that exchange stays as long as it is.
                if *neighbour != partner {
                    let neighbour = (self.tile)(self.slot_of[*neighbour as usize]);
                    sum += rate * (distance(to, neighbour) - distance(from, neighbour));
                }
            }
        }
        sum
    }
}
