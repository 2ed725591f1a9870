//! The floor: tiles in use, the links between their routers, and the way of a packet, first along x, then along y.

use caudate_core::archive::Archive;
use caudate_core::chip::{Mesh, Tile};
use caudate_core::error::Error;
use caudate_core::image::ChipImage;

/// Which way a link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To the next column.
    East,
    /// To the column before.
    West,
    /// To the next row.
    South,
    /// To the row before.
    North,
}

impl Direction {
    const ALL: [Self; 4] = [Self::East, Self::West, Self::South, Self::North];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::East => "east",
            Self::West => "west",
            Self::South => "south",
            Self::North => "north",
        }
    }

    /// Whether it leads along x.
    #[must_use]
    pub const fn is_east_west(self) -> bool {
        matches!(self, Self::East | Self::West)
    }
}

/// Hops by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hops {
    /// East or west, within a chip.
    pub east_west: u64,
    /// North or south, within a chip.
    pub north_south: u64,
    /// From one chip to another.
    pub chip: u64,
}

impl Hops {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.east_west + self.north_south + self.chip
    }

    /// These, `packets` times over.
    #[must_use]
    pub const fn times(self, packets: u64) -> Self {
        Self { east_west: self.east_west * packets, north_south: self.north_south * packets, chip: self.chip * packets }
    }

    /// Saves or restores the hops.
    ///
    /// # Errors
    /// As [`Archive::number`].
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        [&mut self.east_west, &mut self.north_south, &mut self.chip]
            .into_iter()
            .try_for_each(|hops| archive.number(hops))
    }

    /// Adds others to these.
    pub const fn add(&mut self, other: Self) {
        self.east_west += other.east_west;
        self.north_south += other.north_south;
        self.chip += other.chip;
    }
}

/// The rectangle of tiles that holds every core in use.
#[derive(Debug, Clone)]
pub struct Floor {
    /// The tile of each core, and the chip that it lies on as (column, row) of chips.
    cores: Vec<Tile>,
    chips: Vec<(u32, u32)>,
    /// The number of the tile of each core.
    numbers: Vec<usize>,
    columns: u32,
    rows: u32,
    /// Tiles of a chip in a row and in a column; `u32::MAX` where the mesh has no edge.
    chip_tiles: (u32, u32),
}

impl Floor {
    /// The floor of an image.
    #[must_use]
    pub fn new(image: &ChipImage) -> Self {
        Self::of(&image.chip.mesh, image.cores.iter().map(|core| core.tile).collect())
    }

    /// The floor of `cores` on a mesh.
    #[must_use]
    pub fn of(mesh: &Mesh, cores: Vec<Tile>) -> Self {
        let edge = |tiles: caudate_core::chip::Limit| {
            tiles.number().and_then(|tiles| u32::try_from(tiles).ok()).unwrap_or(u32::MAX).max(1)
        };
        let chip_tiles = (edge(mesh.tiles_x), edge(mesh.tiles_y));
        let mut floor = Self {
            chips: cores.iter().map(|tile| (tile.x / chip_tiles.0, tile.y / chip_tiles.1)).collect(),
            numbers: Vec::new(),
            columns: cores.iter().map(|tile| tile.x + 1).max().unwrap_or(1),
            rows: cores.iter().map(|tile| tile.y + 1).max().unwrap_or(1),
            chip_tiles,
            cores,
        };
        floor.numbers = floor.cores.iter().map(|tile| floor.number(*tile)).collect();
        floor
    }

    /// Columns and rows of tiles.
    #[must_use]
    pub const fn size(&self) -> (u32, u32) {
        (self.columns, self.rows)
    }

    /// The tile of each core.
    #[must_use]
    pub fn cores(&self) -> &[Tile] {
        &self.cores
    }

    /// Distinct tiles that hold a core.
    #[must_use]
    pub fn tiles_in_use(&self) -> u64 {
        distinct(self.cores.clone())
    }

    /// Distinct chips that hold a core.
    #[must_use]
    pub fn chips_in_use(&self) -> u64 {
        distinct(self.chips.clone())
    }

    /// Hops between chips from the first chip in use to the last, first along x, then along y.
    #[must_use]
    pub fn chip_diameter(&self) -> u64 {
        let last = self.chip_of(Tile { x: self.columns - 1, y: self.rows - 1 });
        u64::from(last.0 + last.1)
    }

    /// Tiles of the rectangle; their numbers are below this.
    #[must_use]
    pub const fn tiles(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// The number of the tile of a core, row by row.
    #[must_use]
    pub fn tile_number(&self, core: usize) -> usize {
        self.numbers[core]
    }

    const fn number(&self, tile: Tile) -> usize {
        tile.y as usize * self.columns as usize + tile.x as usize
    }

    /// Links between routers: four per tile, those that lead off the floor included; their numbers are below this.
    #[must_use]
    pub const fn links(&self) -> usize {
        self.tiles() * Direction::ALL.len()
    }

    /// The number of the link that begins at a tile and leads in a direction.
    pub(crate) const fn link_from(&self, tile: Tile, direction: Direction) -> usize {
        self.number(tile) * Direction::ALL.len() + direction as usize
    }

    /// Where a link begins and where it leads.
    #[must_use]
    pub fn link(&self, link: usize) -> (Tile, Direction) {
        let tile = link / Direction::ALL.len();
        let (x, y) = (tile % self.columns as usize, tile / self.columns as usize);
        (Tile { x: x as u32, y: y as u32 }, Direction::ALL[link % Direction::ALL.len()])
    }

    /// Whether a link leads from one chip to another.
    #[must_use]
    pub fn joins_chips(&self, link: usize) -> bool {
        let (tile, direction) = self.link(link);
        let next = match direction {
            Direction::East => Tile { x: tile.x.saturating_add(1), y: tile.y },
            Direction::West => Tile { x: tile.x.saturating_sub(1), y: tile.y },
            Direction::South => Tile { x: tile.x, y: tile.y.saturating_add(1) },
            Direction::North => Tile { x: tile.x, y: tile.y.saturating_sub(1) },
        };
        self.chip_of(tile) != self.chip_of(next)
    }

    /// Hops between two cores, by kind.
    #[must_use]
    pub fn hops(&self, from: usize, to: usize) -> Hops {
        let (east_west, north_south) = self.cores[from].hops_to(self.cores[to]);
        let (a, b) = (self.chips[from], self.chips[to]);
        let (chips_x, chips_y) = (a.0.abs_diff(b.0), a.1.abs_diff(b.1));
        Hops {
            east_west: u64::from(east_west - chips_x),
            north_south: u64::from(north_south - chips_y),
            chip: u64::from(chips_x + chips_y),
        }
    }

    /// The links that a packet crosses from one core to another, in order: along x, then along y.
    pub fn way(&self, from: usize, to: usize) -> impl Iterator<Item = usize> + use<> {
        let (from, to) = (self.cores[from], self.cores[to]);
        let corner = Tile { x: to.x, y: from.y };
        let leg = |start: Tile, tiles: usize, hops: u32, direction: Direction, sign: isize| {
            let first = self.link_from(start, direction);
            let stride = sign * (tiles * Direction::ALL.len()) as isize;
            (0..hops as isize).map(move |hop| first.wrapping_add_signed(hop * stride))
        };
        let (east_west, sign_x) = if to.x > from.x { (Direction::East, 1) } else { (Direction::West, -1) };
        let (south_north, sign_y) = if to.y > from.y { (Direction::South, 1) } else { (Direction::North, -1) };
        leg(from, 1, from.x.abs_diff(to.x), east_west, sign_x).chain(leg(
            corner,
            self.columns as usize,
            from.y.abs_diff(to.y),
            south_north,
            sign_y,
        ))
    }

    const fn chip_of(&self, tile: Tile) -> (u32, u32) {
        (tile.x / self.chip_tiles.0, tile.y / self.chip_tiles.1)
    }
}

fn distinct<T: Ord>(mut all: Vec<T>) -> u64 {
    all.sort_unstable();
    all.dedup();
    all.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use caudate_core::chip::Limit;
    use proptest::prelude::*;

    fn floor(chip: u64, chips: u32, tiles: Vec<(u32, u32)>) -> Floor {
        let tiles_x = Limit::AtMost(chip);
        let mesh = Mesh { tiles_x, tiles_y: tiles_x, cores_per_tile: 1, chips_x: chips, chips_y: chips };
        Floor::of(&mesh, tiles.into_iter().map(|(x, y)| Tile { x, y }).collect())
    }

    proptest! {
        #[test]
        fn a_way_leads_from_source_to_target_and_has_as_many_links_as_hops(
            tiles in prop::collection::vec((0_u32..9, 0_u32..9), 2), chip in 1_u64..9
        ) {
            let floor = floor(chip, 9, tiles.clone());
            let mut at = floor.cores()[0];
            let mut hops = Hops::default();
            for link in floor.way(0, 1) {
                let (tile, direction) = floor.link(link);
                prop_assert_eq!(tile, at);
                match (floor.joins_chips(link), direction.is_east_west()) {
                    (true, _) => hops.chip += 1,
                    (false, true) => hops.east_west += 1,
                    (false, false) => hops.north_south += 1,
                }
                match direction {
                    Direction::East => at.x += 1,
                    Direction::West => at.x -= 1,
                    Direction::South => at.y += 1,
                    Direction::North => at.y -= 1,
                }
            }
            prop_assert_eq!(at, floor.cores()[1]);
            prop_assert_eq!(hops, floor.hops(0, 1));
        }
    }

    #[test]
    fn chips_and_tiles_are_counted_once() {
        let floor = floor(4, 2, vec![(0, 0), (0, 0), (3, 3), (4, 3), (7, 7)]);
        assert_eq!(
            (floor.size(), floor.tiles_in_use(), floor.chips_in_use(), floor.chip_diameter()),
            ((8, 8), 4, 3, 2)
        );
    }
}
