//! The ledger of a run: which packets went where, and what each core, link and population had to do with it.

use super::meter::{CostMeter, CostReport, StepWork};
use super::profile::CostProfile;
use crate::timing::{Floor, Hops, Packet, Timing};
use caudate_core::archive::Archive;
use caudate_core::error::Error;
use caudate_core::image::ChipImage;
use caudate_core::runtime::StepCounts;

/// Packets and hops of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traffic {
    /// (spike, destination core) pairs between cores, a core's own included.
    pub(crate) packets: u64,
    /// (input spike, destination core) pairs; they come from outside and cross no tile that is modelled.
    pub(crate) input_packets: u64,
    /// Hops between tiles.
    pub(crate) hops: Hops,
}

/// What the spikes of a population brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Caused {
    pub(crate) spikes: u64,
    pub(crate) traffic: Traffic,
    pub(crate) synaptic_events: u64,
}

/// A spike of an input on its way to a core.
#[derive(Debug, Clone, Copy)]
struct InputPacket {
    population: u32,
    to: u32,
    arrival: u32,
}

/// Notes of a run, step by step.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(super) floor: Floor,
    pub(super) meters: Vec<CostMeter>,
    /// Population of each compartment of each core, and of each input.
    pub(super) populations: Vec<Vec<u32>>,
    inputs: Vec<u32>,
    pub(super) traffic: Traffic,
    pub(super) caused: Vec<Caused>,
    /// Counts of each core and packets that it sent.
    pub(super) cores: Vec<(StepCounts, u64)>,
    pub(super) links: Vec<u64>,
    volley: Volley,
    step: StepNotes,
}

/// Packets that one population of one core has sent in this step: what depends on their way alone is noted once for each tile that they go to.
#[derive(Debug, Default)]
struct Volley {
    from: usize,
    population: u32,
    compartment: u32,
    /// Number of the last spike among those of the core.
    spike: u32,
    /// Packets by tile.
    packets: Vec<u64>,
    /// A core on each tile that has some, and the tile's number.
    targets: Vec<(usize, usize)>,
}

/// Notes of one step.
#[derive(Debug, Default)]
struct StepNotes {
    packets: Vec<Packet>,
    inputs: Vec<InputPacket>,
    cores: Vec<(StepCounts, u64, u32)>,
    hops: Hops,
    ways: Vec<Hops>,
    /// Links in use with their packets, and where each link is in that list; `u32::MAX`: nowhere.
    links: Vec<(usize, u64)>,
    link_at: Vec<u32>,
}

impl Traffic {
    fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        archive.number(&mut self.packets)?;
        archive.number(&mut self.input_packets)?;
        self.hops.archive(archive)
    }
}

impl Ledger {
    /// Saves or restores all notes of steps that are over.
    pub(crate) fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        self.traffic.archive(archive)?;
        for caused in &mut self.caused {
            archive.number(&mut caused.spikes)?;
            caused.traffic.archive(archive)?;
            archive.number(&mut caused.synaptic_events)?;
        }
        for (counts, packets) in &mut self.cores {
            counts.archive(archive)?;
            archive.number(packets)?;
        }
        archive.column(&mut self.links)?;
        archive.same(self.meters.len() as u64, "cost profiles")?;
        self.meters.iter_mut().try_for_each(|meter| meter.archive(archive))
    }

    pub(crate) fn new(image: &ChipImage, profiles: Vec<CostProfile>, timing: Timing) -> Self {
        let floor = Floor::new(image);
        let symbols = &image.symbols.populations;
        let population = |neuron: u32| symbols.partition_point(|population| population.first.0 <= neuron) as u32 - 1;
        let of_core = |core: &caudate_core::image::CoreImage| {
            core.compartments.iter().map(|compartment| population(compartment.neuron.0)).collect::<Vec<u32>>()
        };
        let populations: Vec<Vec<u32>> = image.cores.iter().map(of_core).collect();
        let mut inputs = vec![0; image.input_routes.len()];
        for (index, own) in symbols.iter().enumerate().filter(|(_, own)| own.is_input) {
            let first = own.first_input as usize;
            if let Some(own) = inputs.get_mut(first..first + own.size as usize) {
                own.fill(index as u32);
            }
        }
        let links = floor.links();
        Self {
            meters: profiles.into_iter().map(|profile| CostMeter::new(profile, &floor, timing)).collect(),
            inputs,
            traffic: Traffic::default(),
            caused: vec![Caused::default(); symbols.len()],
            cores: vec![(StepCounts::default(), 0); image.cores.len()],
            links: vec![0; links],
            volley: Volley { packets: vec![0; floor.tiles()], ..Volley::default() },
            step: StepNotes {
                cores: populations.iter().map(|own| (StepCounts::default(), 0, own.len() as u32)).collect(),
                link_at: vec![u32::MAX; links],
                ..StepNotes::default()
            },
            populations,
            floor,
        }
    }

    /// The populations of a core's compartments.
    pub(crate) fn populations(&self, core: usize) -> &[u32] {
        &self.populations[core]
    }

    /// Notes a spike of `compartment`, of this population, the core's `number`-th in this step, from 1. The packets that follow carry it.
    pub(crate) fn spike(&mut self, from: usize, population: u32, compartment: u32, number: u32) {
        self.caused[population as usize].spikes += 1;
        if (self.volley.from, self.volley.population) != (from, population) {
            self.end_volley();
            (self.volley.from, self.volley.population) = (from, population);
        }
        (self.volley.compartment, self.volley.spike) = (compartment, number);
    }

    /// Notes a packet of the last spike. Its synaptic events are not known yet; it is number `arrival` of what reaches its receiver in this step.
    pub(crate) fn packet(&mut self, to: usize, arrival: usize) {
        let volley = &mut self.volley;
        let tile = self.floor.tile_number(to);
        if volley.packets[tile] == 0 {
            volley.targets.push((to, tile));
        }
        volley.packets[tile] += 1;
        if !self.meters.is_empty() {
            self.step.packets.push(Packet {
                from: volley.from as u32,
                to: to as u32,
                compartment: volley.compartment,
                spike: volley.spike,
                arrival: arrival as u32,
                synaptic_events: 0,
            });
        }
    }

    /// Notes hops and links of the packets of the volley.
    fn end_volley(&mut self) {
        let Volley { from, population, packets, targets, .. } = &mut self.volley;
        let (caused, step) = (&mut self.caused[*population as usize].traffic, &mut self.step);
        for (to, tile) in targets.drain(..) {
            let sent = std::mem::take(&mut packets[tile]);
            let way = self.floor.hops(*from, to);
            let hops = way.times(sent);
            for traffic in [&mut self.traffic, caused] {
                traffic.packets += sent;
                traffic.hops.add(hops);
            }
            step.hops.add(hops);
            step.cores[*from].1 += sent;
            if step.ways.last() != Some(&way) {
                step.ways.push(way);
            }
            for link in self.floor.way(*from, to) {
                if step.link_at[link] == u32::MAX {
                    step.link_at[link] = step.links.len() as u32;
                    step.links.push((link, 0));
                }
                step.links[step.link_at[link] as usize].1 += sent;
            }
        }
    }

    /// Notes a packet from an input.
    pub(crate) fn input_packet(&mut self, source: u32, to: usize, arrival: usize) {
        self.traffic.input_packets += 1;
        if !self.meters.is_empty() {
            let population = self.inputs[source as usize];
            self.caused[population as usize].traffic.input_packets += 1;
            self.step.inputs.push(InputPacket { population, to: to as u32, arrival: arrival as u32 });
        }
    }

    /// Notes what a core did in this step, all of it; it has been taking part in every step.
    pub(crate) fn core(&mut self, core: usize, counts: &StepCounts) {
        self.step.cores[core].0 = *counts;
    }

    /// Ends a step; `delivered(core, arrival)` is how many synapses what reached a core was delivered through.
    pub(crate) fn end_step(&mut self, delivered: impl Fn(u32, u32) -> u32) {
        self.end_volley();
        let Self { step, .. } = self;
        for of_spike in step.packets.chunk_by_mut(|a, b| (a.from, a.compartment) == (b.from, b.compartment)) {
            let population = self.populations[of_spike[0].from as usize][of_spike[0].compartment as usize];
            for packet in of_spike {
                packet.synaptic_events = delivered(packet.to, packet.arrival);
                self.caused[population as usize].synaptic_events += u64::from(packet.synaptic_events);
            }
        }
        for input in &step.inputs {
            self.caused[input.population as usize].synaptic_events += u64::from(delivered(input.to, input.arrival));
        }
        for ((counts, packets), (own, sent, _)) in self.cores.iter_mut().zip(&step.cores) {
            counts.add(own);
            *packets += sent;
        }
        let work = StepWork {
            cores: &step.cores,
            packets: &step.packets,
            hops: step.hops,
            ways: &step.ways,
            links: &step.links,
        };
        for meter in &mut self.meters {
            meter.add_step(&self.floor, &work);
        }
        for (link, packets) in step.links.drain(..) {
            self.links[link] += packets;
            step.link_at[link] = u32::MAX;
        }
        step.cores.iter_mut().for_each(|(_, sent, _)| *sent = 0);
        step.packets.clear();
        step.inputs.clear();
        step.ways.clear();
        step.hops = Hops::default();
    }

    /// Packets and hops so far.
    pub(crate) const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// The tiles in use.
    pub(crate) const fn floor(&self) -> &Floor {
        &self.floor
    }

    /// The meters, by cost profile in the order given.
    pub(crate) fn meters(&self) -> &[CostMeter] {
        &self.meters
    }

    /// Time and energy so far, by cost profile in the order given.
    pub(crate) fn reports(&self) -> Vec<CostReport> {
        self.meters.iter().map(CostMeter::report).collect()
    }
}
