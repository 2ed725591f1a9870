//! `caudate bench`: named networks, timed.

use super::{Ended, print, print_json};
use caudate::bench::{Measurement, Net, Request, measure};
use caudate::core::engine::Strategy;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Time one of the benchmark networks. Its checksum covers every spike and every final state, and depends on network, scale, seed and
/// steps alone.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The network.
    #[arg(value_name = "NET", value_parser = net_parser())]
    net: Net,
    /// Size, in parts of the published one.
    #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = positive)]
    scale: f64,
    /// Time this many steps [default: one second of model time; 1,000 for loihi].
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(1..=4_294_967_295))]
    steps: Option<u64>,
    /// Run on this many threads; no result depends on it.
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// Seed of connections, initial states and input.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Spikes per second of each input of sparse.
    #[arg(long, value_name = "HZ", default_value_t = 0.5, value_parser = positive)]
    rate: f64,
    /// Step cores this way; no result depends on it.
    #[arg(long, value_name = "STRATEGY", default_value = "auto", value_parser = super::strategy_parser())]
    strategy: Strategy,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  caudate bench adc
  caudate bench sparse --rate 0.01 --json
  caudate bench stdp --scale 0.1 --steps 1000 --threads 2";

pub(crate) fn run(args: Args) -> Ended {
    let request = Request {
        net: args.net,
        scale: args.scale,
        steps: args.steps,
        threads: usize::from(args.threads),
        strategy: args.strategy,
        seed: args.seed,
        rate_hz: args.rate,
    };
    let measured = measure(&request)?;
    if args.json {
        print_json(&measured)?
    } else {
        print(&text(&measured))?
    };
    Ok(0)
}

fn text(m: &Measurement) -> String {
    format!(
        "{}: {} neurons, {} synapses, {} steps on {} threads\n  \
         set up in {:.2} s, {:.2} bytes per synapse, at most {} MB resident\n  \
         ran in {:.4} s: {:.1} M synaptic events/s, {} spikes ({:.2} Hz), {} neuron updates\n  checksum {}\n",
        m.net,
        m.neurons,
        m.synapses,
        m.steps,
        m.threads,
        m.setup_s,
        m.bytes_per_synapse,
        m.peak_rss_bytes >> 20,
        m.wall_s,
        m.events_per_s / 1e6,
        m.spikes,
        m.rate_hz,
        m.neuron_updates,
        m.checksum
    )
}

fn net_parser() -> impl TypedValueParser<Value = Net> {
    PossibleValuesParser::new(Net::ALL.map(Net::name)).try_map(|name| {
        Net::ALL.into_iter().find(|net| net.name() == name).ok_or_else(|| format!("no network is named '{name}'"))
    })
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("give a number above 0".to_owned()),
    }
}
