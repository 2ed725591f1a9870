//! `caudate check`: whether a network or an image is sound and fits.

use super::import::Import;
use super::{Ended, print, print_json};
use caudate::core::chip::Limit;
use caudate::core::file;
use caudate::core::image::container::MAGIC;
use caudate::error::{EXIT_BAD_INPUT, EXIT_CHECK_FAILED, EXIT_DOES_NOT_FIT};
use caudate::inventory::Inventory;
use caudate::isa::diagnostic::Place;
use caudate::mapper::check::check_image_for;
use caudate::mapper::fit::Resource;
use caudate::mapper::import::{self, hdf5};
use caudate::report::grouped;
use caudate::{ChipDescription, ChipImage, CompileOptions, Diagnostic, Error, compile};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Say whether a network compiles for a chip, or whether an image is sound and within the limits of a chip: one line per check.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The network file (TOML, netx or NIR) or the image.
    #[arg(value_name = "NETWORK|IMAGE")]
    subject: PathBuf,
    /// The chip: a built-in name (loihi1, loihi2, tiny, unlimited, wide) or a chip file; an image is checked against its own chip by default.
    #[arg(long, value_name = "CHIP")]
    chip: Option<String>,
    /// Use this seed for the draws of a network.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    import: Import,
    /// Print the checks as JSON instead of lines.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  caudate check network.toml --chip tiny
  caudate check graph.nir --chip loihi2 --dt 1e-3
  caudate check out/balanced/image.caudate
  caudate check out/balanced/image.caudate --chip loihi2";

/// One check with its outcome.
#[derive(Debug, Serialize)]
struct Check {
    ok: bool,
    what: String,
}

/// The checks that were made, and what is wrong.
#[derive(Debug, Default)]
struct Outcome {
    checks: Vec<Check>,
    error: Option<Error>,
    code: u8,
}

impl Outcome {
    fn pass(&mut self, what: impl Into<String>) {
        self.checks.push(Check { ok: true, what: what.into() });
    }

    fn fail(&mut self, what: impl Into<String>, code: u8) {
        self.checks.push(Check { ok: false, what: what.into() });
        self.code = self.code.max(code);
    }

    fn limit(&mut self, resource: Resource, largest: u64, core: usize, chip: &ChipDescription, code: u8) {
        let limit = resource.limit(chip);
        let of = match limit {
            Limit::AtMost(limit) => format!("limit {}", grouped(limit)),
            Limit::Unlimited => "no limit".to_owned(),
        };
        let what = format!("{} {} on the fullest core ({core}), {of}", grouped(largest), resource.noun());
        if limit.admits(largest) { self.pass(what) } else { self.fail(what, code) }
    }
}

pub(crate) fn run(args: Args) -> Ended {
    let bytes = file::read(&args.subject)?;
    let is_named_so =
        || ["toml", "net", "nir"].map(Some).contains(&args.subject.extension().and_then(|end| end.to_str()));
    let is_network = bytes.starts_with(hdf5::SIGNATURE) || !bytes.starts_with(&MAGIC) && is_named_so();
    let options = args.import.options();
    if !is_network && options != import::Options::default() {
        let message = "an image has been imported already, and options of importers say nothing about it";
        let diagnostic = Diagnostic::new("E-USAGE", message).at(Place::named(args.subject.display().to_string()));
        return Err(Error::Invalid(vec![diagnostic.help("leave them out, or name the network file")]));
    }
    let outcome = match (&args.chip, is_network) {
        (Some(chip), true) => check_network(&args.subject, &options, &ChipDescription::find(chip)?, args.seed)?,
        (None, true) => {
            let message = "a network is checked for a chip, and none is named";
            let help = "add --chip and loihi1, loihi2, tiny, unlimited, wide or a chip file";
            return Err(Error::Invalid(vec![Diagnostic::new("E-USAGE", message).help(help)]));
        }
        (chip, false) => {
            let image = ChipImage::read(&args.subject)?;
            let other = chip.as_deref().map(ChipDescription::find).transpose()?;
            check_image(&image, &bytes, other.as_ref())?
        }
    };
    if args.json {
        print_json(&serde_json::json!({ "ok": outcome.code == 0, "checks": outcome.checks }))?;
    } else {
        let lines =
            outcome.checks.iter().map(|check| format!("{} {}\n", if check.ok { "ok  " } else { "FAIL" }, check.what));
        print(&lines.collect::<String>())?;
    }
    if let Some(error) = &outcome.error {
        super::complain(error);
    }
    Ok(outcome.code)
}

fn check_network(path: &Path, options: &import::Options, chip: &ChipDescription, seed: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let network = import::open(path, options)?.network;
    let compiled = match compile(&network, chip, &CompileOptions { seed, ..CompileOptions::default() }) {
        Ok(compiled) => compiled,
        Err(error) => {
            let error = Error::from(error);
            let code = error.exit_code();
            if code != EXIT_BAD_INPUT {
                outcome.pass(format!("network '{}' is valid", network.name));
            }
            let what = match code {
                EXIT_DOES_NOT_FIT => format!("it does not fit chip '{}'", chip.name),
                EXIT_CHECK_FAILED => "the compiled image does not agree with the network".to_owned(),
                _ => format!("network '{}' is not valid", network.name),
            };
            outcome.fail(what, code);
            outcome.error = Some(error);
            return Ok(outcome);
        }
    };
    let totals = &compiled.report.totals;
    let (neurons, synapses, cores) = (grouped(totals.neurons), grouped(totals.synapses), grouped(totals.cores));
    outcome.pass(format!("network '{}' is valid: {neurons} neurons, {synapses} synapses", network.name));
    outcome.pass(format!("it fits {cores} cores of chip '{}'", chip.name));
    for resource in &compiled.report.resources {
        outcome.limit(resource.resource, resource.largest, resource.on_core as usize, chip, EXIT_DOES_NOT_FIT);
    }
    outcome.pass("the compiled image agrees with the network, synapse by synapse");
    Ok(outcome)
}

fn check_image(image: &ChipImage, bytes: &[u8], other: Option<&ChipDescription>) -> Result<Outcome, Error> {
    let chip = other.unwrap_or(&image.chip);
    let limit_code = if other.is_some() { EXIT_DOES_NOT_FIT } else { EXIT_CHECK_FAILED };
    let inventory = Inventory::of(image, bytes)?;
    let mut outcome = Outcome::default();
    outcome.pass(format!("{} sections, and every checksum agrees", inventory.sections.len()));

    let findings = check_image_for(image, chip).err().unwrap_or_default();
    let (beyond, unsound): (Vec<Diagnostic>, Vec<Diagnostic>) =
        findings.into_iter().partition(|finding| finding.code == "E-CHECK-LIMIT");
    if unsound.is_empty() {
        outcome.pass("every neuron is mapped once, and every route leads to the axon of its source");
    } else {
        outcome.fail(format!("the image contradicts itself in {} places", unsound.len()), EXIT_CHECK_FAILED);
    }
    for resource in Resource::ALL {
        let (largest, core) = inventory.largest(resource);
        outcome.limit(resource, largest, core, chip, limit_code);
    }
    if beyond.is_empty() {
        outcome.pass(format!("it stays within every limit of chip '{}'", chip.name));
    } else {
        outcome.fail(format!("it exceeds limits of chip '{}'", chip.name), limit_code);
    }
    if !unsound.is_empty() {
        // What contradicts itself is no question of fitting.
        outcome.code = EXIT_CHECK_FAILED;
    }
    let all: Vec<Diagnostic> = unsound.into_iter().chain(beyond).collect();
    if !all.is_empty() {
        outcome.error = Some(Error::Invalid(all));
    }
    Ok(outcome)
}
