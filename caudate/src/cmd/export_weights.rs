//! `caudate export-weights`: the synapses of an image, as compiled or as learned, in the order of their network.

use super::import::Import;
use super::{Ended, print};
use caudate::core::file;
use caudate::core::npz::{Arrays, NpzWriter};
use caudate::isa::diagnostic::{Diagnostic, Place};
use caudate::mapper::own_order::{Synapses, in_own_order};
use caudate::{ChipImage, Error};
use std::path::PathBuf;

/// Write the synapses of an image in the order of its network: as compiled or, with the weights of a run, as learned.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The image.
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// The network that the image was compiled from.
    #[arg(long, value_name = "NETWORK")]
    network: PathBuf,
    /// Take weights and delays of projections that learn from this file of a run of the image [default: those that the image starts with].
    #[arg(long, value_name = "WEIGHTS.npz")]
    weights: Option<PathBuf>,
    /// Write this file: for each projection J the arrays J.pre, J.post, J.weight and J.delay_steps.
    #[arg(short, long, value_name = "FILE.npz")]
    out: PathBuf,
    #[command(flatten)]
    import: Import,
}

const EXAMPLES: &str = "\
Examples:
  caudate export-weights out/digits/image.caudate --network examples/digits/network.toml --weights out/digits/weights.npz -o learned.npz
  caudate export-weights pilotnet.caudate --network pilotnet.net -o quantised.npz";

pub(crate) fn run(args: Args) -> Ended {
    let image = ChipImage::read(&args.image)?;
    let network = args.import.open(&args.network)?.network;
    let recording = args.weights.as_deref().map(Arrays::read).transpose()?;
    let mut writer = NpzWriter::new();
    let (mut synapses, mut learned) = (0, 0_usize);
    let projections = in_own_order(&network, &image)?;
    for own in &projections {
        let recorded = match (&recording, &own.recorded_at) {
            (Some(recording), Some(order)) => Some(recorded(own, order, recording)?),
            _ => None,
        };
        learned += usize::from(recorded.is_some());
        let (mantissas, delay_steps) =
            recorded.as_ref().map_or((&own.mantissa, &own.delay_steps), |(mantissas, delays)| (mantissas, delays));
        let weights: Vec<f64> = mantissas.iter().map(|mantissa| f64::from(*mantissa) * own.unit).collect();
        let name = &own.projection;
        writer.add_column(&format!("{name}.pre"), &own.pre)?;
        writer.add_column(&format!("{name}.post"), &own.post)?;
        writer.add_column(&format!("{name}.weight"), &weights)?;
        writer.add_column(&format!("{name}.delay_steps"), delay_steps)?;
        synapses += weights.len();
    }
    file::write_atomically(&args.out, &writer.finish()?)?;
    let total = projections.len();
    print(&format!(
        "{synapses} synapses of {total} projections, {learned} of them learned, are in {}\n",
        args.out.display()
    ))?;
    Ok(0)
}

/// The recorded mantissas and delays of a projection in the order of the network, if the recording is of its synapses.
fn recorded(own: &Synapses, order: &[u32], recording: &Arrays) -> Result<(Vec<i16>, Vec<u8>), Error> {
    let refuse = |message| {
        let diagnostic = Diagnostic::new("E-EXPORT", message).at(Place::named(&recording.origin));
        Error::Invalid(vec![diagnostic.help("name the weights.npz of a run of this image")])
    };
    let column = |part: &str, low: i64, high: i64| {
        let name = format!("{}.{part}", own.projection);
        let values = recording.integers(&name, low, high)?;
        match values.len() == order.len() {
            true => Ok(order.iter().map(|at| values[*at as usize]).collect::<Vec<_>>()),
            false => {
                Err(refuse(format!("`{name}` has {} elements, the network {} synapses", values.len(), order.len())))
            }
        }
    };
    for (part, members) in [("pre", &own.pre), ("post", &own.post)] {
        let found = column(part, 0, i64::from(u32::MAX))?;
        let other = found.iter().zip(members).position(|(found, member)| *found != i64::from(*member));
        if let Some(synapse) = other {
            let (name, at) = (&own.projection, order[synapse]);
            let (found, member) = (found[synapse], members[synapse]);
            return Err(refuse(format!(
                "`{name}.{part}`, element {at}: {found}; that synapse of the network has {member}"
            )));
        }
    }
    let mantissas = column("weight", i64::from(i16::MIN), i64::from(i16::MAX))?;
    let delays = column("delay_steps", 1, i64::from(u8::MAX))?;
    Ok((mantissas.iter().map(|weight| *weight as i16).collect(), delays.iter().map(|delay| *delay as u8).collect()))
}
