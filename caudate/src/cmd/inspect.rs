//! `caudate inspect`: what an image holds.

use super::{Ended, print, print_json};
use caudate::ChipImage;
use caudate::core::chip::Limit;
use caudate::core::file;
use caudate::inventory::Inventory;
use caudate::report::grouped;
use std::fmt::Write;
use std::path::PathBuf;

/// Print what an image holds: header, sections with their checksums, populations, projections, channels, programs and cores with their fill.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caudate inspect out/balanced/image.caudate")]
pub(crate) struct Args {
    /// The image.
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

/// Cores and core sections that are shown; JSON has them all.
const MAX_LINES: usize = 32;

pub(crate) fn run(args: Args) -> Ended {
    let image = ChipImage::read(&args.image)?;
    let inventory = Inventory::of(&image, &file::read(&args.image)?)?;
    if args.json {
        print_json(&inventory)?;
    } else {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = write_tables(&mut text, &inventory);
        print(&text)?;
    }
    Ok(0)
}

fn write_tables(text: &mut String, inventory: &Inventory<'_>) -> std::fmt::Result {
    let header = inventory.header;
    writeln!(text, "network    {}", header.network)?;
    writeln!(text, "chip       {} (fingerprint {:08x})", inventory.chip, header.chip_fingerprint)?;
    writeln!(text, "semantics  {}", header.semantics.name())?;
    writeln!(text, "seed       {}", header.seed)?;
    writeln!(text, "made by    caudate {}, format version {}", header.tool_version, inventory.format_version)?;

    writeln!(text, "\n{:<8} {:>12}  {:<8}", "section", "bytes", "CRC-32")?;
    for section in inventory.sections.iter().take(MAX_LINES) {
        writeln!(text, "{:<8} {:>12}  {:<8}", section.tag, grouped(section.bytes), section.crc32)?;
    }
    write_rest(text, inventory.sections.len(), "sections")?;

    writeln!(text, "\n{:<24} {:>10} {:>10}  kind", "population", "size", "first id")?;
    for population in inventory.populations {
        let kind = if population.is_input { "input" } else { "neurons" };
        writeln!(
            text,
            "{:<24} {:>10} {:>10}  {kind}",
            population.name,
            grouped(population.size.into()),
            population.first.0
        )?;
    }

    writeln!(text, "\n{:<32} {:>12}  kind", "projection", "synapses")?;
    for projection in inventory.projections {
        let kind = if projection.is_plastic { "plastic" } else { "static" };
        writeln!(text, "{:<32} {:>12}  {kind}", projection.name, grouped(projection.synapses))?;
    }

    if !inventory.channels.is_empty() {
        writeln!(text, "\n{:<24} {:>10}  source", "channel", "decay")?;
        for channel in inventory.channels {
            let source = channel.source.map_or_else(
                || "stimulus".to_owned(),
                |source| format!("{} neurons from id {}, gain {}", source.neurons, source.first_neuron, source.gain),
            );
            writeln!(text, "{:<24} {:>10}  {source}", channel.name, channel.decay)?;
        }
    }
    if !inventory.programs.is_empty() {
        writeln!(text, "\n{:<32} {:<8} {:>8} {:>8}", "program", "kind", "words", "cycles")?;
        for program in &inventory.programs {
            writeln!(text, "{:<32} {:<8} {:>8} {:>8}", program.name, program.kind, program.words, program.cycles)?;
        }
    }
    write_cores(text, inventory)
}

fn write_cores(text: &mut String, inventory: &Inventory<'_>) -> std::fmt::Result {
    let Some(first) = inventory.cores.first() else { return writeln!(text, "\nno cores") };
    writeln!(text, "\ncores, in use of the limit")?;
    write!(text, "{:>4} {:>6} {:>10}", "core", "tile", "synapses")?;
    for entry in &first.usage {
        write!(text, " {:>16}", heading(entry.resource))?;
    }
    text.push('\n');
    for core in inventory.cores.iter().take(MAX_LINES) {
        write!(
            text,
            "{:>4} {:>6} {:>10}",
            core.core,
            format!("{},{}", core.tile.x, core.tile.y),
            grouped(core.synapses)
        )?;
        for entry in &core.usage {
            let of = match entry.limit {
                Limit::AtMost(limit) => format!("{}/{}", entry.used, limit),
                Limit::Unlimited => entry.used.to_string(),
            };
            write!(text, " {of:>16}")?;
        }
        text.push('\n');
    }
    write_rest(text, inventory.cores.len(), "cores")
}

fn heading(resource: caudate::mapper::fit::Resource) -> &'static str {
    use caudate::mapper::fit::Resource;
    match resource {
        Resource::Compartments => "compartments",
        Resource::SynapticMemory => "synaptic bytes",
        Resource::InputAxons => "input axons",
        Resource::OutputAxons => "output axons",
        Resource::NeuronProfiles => "neuron profiles",
        Resource::SynapseFormats => "synapse formats",
        Resource::LearningRules => "learning rules",
        Resource::TraceMemory => "trace bytes",
        Resource::ProgramWords => "microcode words",
        Resource::NeuronMemory => "neuron bytes",
    }
}

fn write_rest(text: &mut String, count: usize, what: &str) -> std::fmt::Result {
    if count > MAX_LINES {
        writeln!(text, "... and {} more {what}; --json lists them all", count - MAX_LINES)
    } else {
        Ok(())
    }
}
