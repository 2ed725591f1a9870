//! `caudate explain-map`: why a neuron is on its core, or a core on its tile, and what moving it would cost.

use super::{Ended, print, print_json};
use caudate::mapper::Rates;
use caudate::mapper::explain::Explainer;
use caudate::{ChipImage, Diagnostic, Error};
use std::path::PathBuf;

/// Say why a neuron is on its core, or a core on its tile, and what moving it would cost.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The image.
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// A neuron, as POPULATION:MEMBER, or the number of a core.
    #[arg(value_name = "NEURON|CORE")]
    subject: String,
    /// Take how often sources spike from the results of a run in this folder; without it, all count alike.
    #[arg(long, value_name = "DIR")]
    rates: Option<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  caudate explain-map out/balanced/image.caudate 0
  caudate explain-map out/balanced/image.caudate exc:17 --rates out/balanced";

pub(crate) fn run(args: Args) -> Ended {
    let image = ChipImage::read(&args.image)?;
    let rates = args.rates.as_deref().map(Rates::read).transpose()?;
    let explainer = Explainer::new(&image, rates.as_ref())?;
    if let Ok(core) = args.subject.parse() {
        let explained = explainer.core(core)?;
        if args.json { print_json(&explained)? } else { print(&explained.to_string())? }
    } else if let Some((population, member)) = neuron(&args.subject) {
        let explained = explainer.neuron(population, member)?;
        if args.json { print_json(&explained)? } else { print(&explained.to_string())? }
    } else {
        let message = format!("'{}' is neither a neuron nor a core", args.subject);
        let help = "write POPULATION:MEMBER for a neuron, as in exc:17, or the number of a core";
        return Err(Error::Invalid(vec![Diagnostic::new("E-MAP-PLACE", message).help(help)]));
    }
    Ok(0)
}

/// Population and member; names may hold colons.
fn neuron(subject: &str) -> Option<(&str, u32)> {
    let (population, member) = subject.rsplit_once(':')?;
    Some((population, member.parse().ok()?))
}
