//! Whether the image is the network: names, settings, and every synapse.

use super::{Entry, Findings, microcode, visit_synapses};
use crate::logical::{LogicalNetwork, LogicalProjection};
use caudate_core::image::{ChipImage, CoreImage};

const SETTING: &str = "E-CHECK-SETTING";
const SYNAPSE: &str = "E-CHECK-SYNAPSE";

pub(super) fn check(image: &ChipImage, logical: &LogicalNetwork, findings: &mut Findings) {
    let same = image.symbols == logical.symbols();
    findings.expect(
        same,
        SETTING,
        || "symbols".to_owned(),
        || "names, sizes or synapse numbers are not those of the network".to_owned(),
    );
    findings.expect(
        image.channels == logical.channels,
        SETTING,
        || "channels".to_owned(),
        || "they are not those of the network".to_owned(),
    );
    findings.expect(
        image.programs == logical.programs,
        SETTING,
        || "programs".to_owned(),
        || "they are not those of the network".to_owned(),
    );
    findings.expect(
        image.header.semantics == logical.semantics && image.header.seed == logical.seed,
        SETTING,
        || "header".to_owned(),
        || "seed or semantics are not those of the compilation".to_owned(),
    );
    if !same {
        return;
    }
    for (index, core) in image.cores.iter().enumerate() {
        check_settings(index, core, logical, findings);
        microcode::check_settings(image, index, core, logical, findings);
    }
    check_synapses(image, logical, findings);
}

fn check_settings(index: usize, core: &CoreImage, logical: &LogicalNetwork, findings: &mut Findings) {
    for compartment in &core.compartments {
        let (population, member) = locate(logical, compartment.neuron.0);
        let own = &logical.populations[population];
        let (columns, fixed) = match (own.fixed(), compartment.fixed) {
            (Some(columns), Some(fixed)) => (columns, fixed),
            (None, None) => continue,
            (wanted, _) => {
                let place = format!("population '{}', neuron {member}, core {index}", own.name);
                let kind = if wanted.is_some() { "a fixed neuron" } else { "microcode" };
                findings.add(SETTING, place, format!("it is of the other sort; wanted {kind}"));
                continue;
            }
        };
        let wanted = (
            logical.profiles[columns.profile.get(member) as usize],
            columns.bias_mantissa.get(member),
            columns.initial_u.get(member),
            columns.initial_v.get(member),
            own.channels,
        );
        let found = (
            core.neuron_profiles[usize::from(fixed.profile)],
            fixed.bias_mantissa,
            fixed.initial_u,
            fixed.initial_v,
            compartment.modulators,
        );
        findings.expect(
            wanted == found,
            SETTING,
            || format!("population '{}', neuron {member}, core {index}", own.name),
            || format!("it is set to {found:?}; wanted {wanted:?}"),
        );
    }
    for group in &core.groups {
        let projection = &logical.projections[group.projection.index()];
        let place = || format!("projection '{}', core {index}", projection.name);
        let format = (core.formats[usize::from(group.format)], logical.formats[projection.format as usize]);
        findings.expect(format.0 == format.1, SETTING, place, || {
            format!("its synapse format is {}; wanted {}", format.0, format.1)
        });
        let ends = (group.dendrite, group.port, group.is_graded);
        let wanted = (projection.dendrite, projection.port, projection.is_graded);
        findings.expect(ends == wanted, SETTING, place, || {
            format!("its dendrite, port and whether it is graded are {ends:?}; wanted {wanted:?}")
        });
        let rule = group.rule.map(|rule| &core.rules[usize::from(rule)]);
        let wanted = projection.rule.map(|rule| &logical.rules[rule as usize]);
        findings.expect(rule == wanted, SETTING, place, || {
            format!(
                "its learning rule is {:?}; wanted {:?}",
                rule.map(|rule| &rule.name),
                wanted.map(|rule| &rule.name)
            )
        });
    }
}

/// The population of a logical id and its place there, by a search of its own.
pub(super) fn locate(logical: &LogicalNetwork, id: u32) -> (usize, usize) {
    let population = logical.populations.partition_point(|population| population.first_id <= id).saturating_sub(1);
    (population, (id - logical.populations[population].first_id) as usize)
}

/// Ticks off every stored synapse against the written-out ones, then reports what is left.
fn check_synapses(image: &ChipImage, logical: &LogicalNetwork, findings: &mut Findings) {
    let mut ticked: Vec<Ticks> =
        logical.projections.iter().map(|projection| Ticks::new(projection.sources.len())).collect();
    for (index, core) in image.cores.iter().enumerate() {
        let members: Vec<(usize, u32)> = core
            .compartments
            .iter()
            .map(|compartment| locate(logical, compartment.neuron.0))
            .map(|(population, member)| (population, member as u32))
            .collect();
        // Sources ascend through a core, so the search in each row goes on where it stopped.
        let mut hints = vec![0_u32; core.groups.len() * core.compartments.len()];
        let read = visit_synapses(image, index, |entry| {
            let number = entry.group.projection.index();
            let projection = &logical.projections[number];
            let (population, member) = members[entry.synapse.target as usize];
            let hint = &mut hints[entry.group_number as usize * members.len() + entry.synapse.target as usize];
            if let Err(message) = tick_off(entry, logical, projection, population, member, hint, &mut ticked[number]) {
                let pre = &logical.populations[projection.pre as usize];
                let source = i64::from(entry.source) - i64::from(pre.first_id);
                let place = format!(
                    "core {index}, projection '{}', {}[{source}] -> {}[{member}]",
                    projection.name, pre.name, logical.populations[population].name
                );
                findings.add(SYNAPSE, place, message);
            }
        });
        if let Err(message) = read {
            findings.add(SYNAPSE, format!("core {index}"), message);
        }
    }
    for (projection, ticked) in logical.projections.iter().zip(&ticked) {
        report_missing(logical, projection, ticked, findings);
    }
}

fn tick_off(
    entry: Entry<'_>,
    logical: &LogicalNetwork,
    projection: &LogicalProjection,
    population: usize,
    member: u32,
    hint: &mut u32,
    ticked: &mut Ticks,
) -> Result<(), String> {
    let pre = &logical.populations[projection.pre as usize];
    let source = entry
        .source
        .checked_sub(pre.first_id)
        .filter(|source| *source < pre.size)
        .ok_or("its source is not in the projection's source population")?;
    if population != projection.post as usize {
        return Err(format!(
            "its target is not in the projection's target population '{}'",
            logical.populations[projection.post as usize].name
        ));
    }
    let row = projection.row(member);
    let sources = &projection.sources[row.clone()];
    let mut at = *hint as usize;
    if at > 0 && sources[at - 1] >= source {
        at = sources.partition_point(|other| *other < source);
    }
    while at < sources.len() && sources[at] < source {
        at += 1;
    }
    *hint = at as u32;
    let run = sources[at..].iter().take_while(|other| **other == source).count();
    let candidates = || (row.start + at..row.start + at + run).filter(|index| !ticked.has(*index));
    let found = (entry.synapse.weight, entry.synapse.delay);
    let wanted = |index: usize| (projection.weights.get(index), projection.delays.get(index));
    if let Some(index) = candidates().find(|index| wanted(*index) == found) {
        ticked.set(index);
        return Ok(());
    }
    match candidates().next() {
        Some(index) => {
            let wanted = wanted(index);
            ticked.set(index);
            Err(format!(
                "stored weight {} and delay {}; wanted weight {} and delay {}",
                found.0, found.1, wanted.0, wanted.1
            ))
        }
        None if run > 0 => Err(format!("the pair has one synapse more than the {run} wanted")),
        None => Err("the network has no such synapse".to_owned()),
    }
}

fn report_missing(logical: &LogicalNetwork, projection: &LogicalProjection, ticked: &Ticks, findings: &mut Findings) {
    let missing = projection.sources.len() as u64 - ticked.count;
    if missing == 0 {
        return;
    }
    let Some(first) = (0..projection.sources.len()).find(|index| !ticked.has(*index)) else { return };
    let member = projection.starts.partition_point(|start| *start as usize <= first) - 1;
    let (pre, post) = (&logical.populations[projection.pre as usize], &logical.populations[projection.post as usize]);
    let place = format!(
        "projection '{}', {}[{}] -> {}[{member}]",
        projection.name, pre.name, projection.sources[first], post.name
    );
    let others = if missing > 1 { format!(" (and {} more)", missing - 1) } else { String::new() };
    findings.add(SYNAPSE, place, format!("the image has no such synapse{others}"));
}

/// A bit per synapse.
struct Ticks {
    words: Vec<u64>,
    count: u64,
}

impl Ticks {
    fn new(synapses: usize) -> Self {
        Self { words: vec![0; synapses.div_ceil(64)], count: 0 }
    }

    fn has(&self, index: usize) -> bool {
        self.words[index / 64] >> (index % 64) & 1 == 1
    }

    fn set(&mut self, index: usize) {
        self.count += u64::from(!self.has(index));
        self.words[index / 64] |= 1 << (index % 64);
    }
}
