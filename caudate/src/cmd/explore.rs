//! `caudate explore`: an experiment at many points, in parallel processes.

use super::{Ended, print};
use caudate::explore::{Folder, Objective, Outcome, Record, Search, Share, Sweep, check_axes, next_points, run_point};
use caudate::{Error, output};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Run an experiment at many points of its parameters; an interrupted sweep goes on where it stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The sweep file.
    #[arg(value_name = "SWEEP.toml")]
    sweep: PathBuf,
    /// Keep points and results in this folder.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Run this many points at a time, each in a process of its own [default: one per processor].
    #[arg(short, long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Run the N-th of M shares of the points, as one job of a batch system.
    #[arg(long, value_name = "N/M", value_parser = share)]
    job_array: Option<Share>,
    /// Run nothing; take over the points of this folder, another share of the same sweep. May be repeated.
    #[arg(long, value_name = "DIR", num_args = 0..)]
    merge: Option<Vec<PathBuf>>,
    /// Run this point alone and write its file.
    #[arg(long, value_name = "POINT", hide = true)]
    point: Option<u64>,
    /// Say nothing of single points.
    #[arg(long)]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  caudate explore examples/explore/sweep.toml -o out/explore
  caudate explore sweep.toml -o out/share3 --job-array 3/8
  caudate explore sweep.toml -o out/all --merge out/share1 out/share2 out/share3";

fn share(text: &str) -> Result<Share, String> {
    let (number, of) = text.split_once('/').ok_or("write N/M, such as 3/8")?;
    let parse = |text: &str| text.trim().parse::<u64>().map_err(|error| format!("'{text}': {error}"));
    let share = Share { number: parse(number)?, of: parse(of)? };
    if (1..=share.of).contains(&share.number) { Ok(share) } else { Err("N is 1..=M".to_owned()) }
}

pub(crate) fn run(args: Args) -> Ended {
    let sweep = Sweep::read(&args.sweep)?;
    if let Some(point) = args.point.filter(|point| sweep.size().is_some_and(|size| *point < size)) {
        Folder::open(&args.out, &sweep, &args.sweep)?.write(&run_point(&sweep, point))?;
        return Ok(0);
    }
    output::check_folder(&args.out)?;
    check_axes(&sweep)?;
    let folder = Folder::open(&args.out, &sweep, &args.sweep)?;
    let share = args.job_array.unwrap_or(Share::ALL);
    match &args.merge {
        Some(others) => others.iter().try_for_each(|other| folder.merge(other, &sweep, &args.sweep))?,
        None => loop {
            let points = next_points(&sweep, &folder.records()?, share);
            if points.is_empty() {
                break;
            }
            run_all(&args, &sweep, &folder, points)?;
        },
    }
    let records = folder.records()?;
    folder.write_results(&sweep, &records)?;
    print(&closing(&args, &sweep, &records, share))?;
    Ok(0)
}

fn closing(args: &Args, sweep: &Sweep, records: &[Record], share: Share) -> String {
    let failed = records.iter().filter(|record| matches!(record.outcome, Outcome::Failed { .. })).count();
    let missing = next_points(sweep, records, Share::ALL).len();
    let mut text = format!("{} points, {failed} failed", records.len());
    if missing > 0 {
        text.push_str(&format!(", {missing} not run yet"));
    }
    if share != Share::ALL {
        let next = match sweep.search {
            Search::Refine if missing > 0 => "run the shares again when all are",
            Search::Refine => "so are all others",
            Search::Grid | Search::Random => "`--merge` joins the shares",
        };
        text.push_str(&format!("; share {} of {} is complete, {next}", share.number, share.of));
    }
    format!("{text}\nResults are in {}\n", args.out.display())
}

/// Runs points in processes of their own, several at a time; a process that dies becomes a failed point.
fn run_all(args: &Args, sweep: &Sweep, folder: &Folder, points: Vec<u64>) -> Result<(), Error> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.map_or(processors, usize::from);
    let io = |source| Error::from(caudate::core::Error::Io { path: "the program itself".to_owned(), source });
    let program = std::env::current_exe().map_err(io)?;
    let total = points.len();
    let mut waiting: VecDeque<u64> = points.into();
    let mut running: VecDeque<(u64, Child)> = VecDeque::new();
    while !(waiting.is_empty() && running.is_empty()) {
        while running.len() < jobs {
            let Some(point) = waiting.pop_front() else { break };
            let mut command = Command::new(&program);
            command.arg("explore").arg(&args.sweep).arg("-o").arg(&args.out).arg("--point").arg(point.to_string());
            let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(io)?;
            running.push_back((point, child));
        }
        // The oldest is waited for: points of a sweep take about as long as one another.
        if let Some((point, mut child)) = running.pop_front() {
            let status = child.wait().map_err(io)?;
            let records = folder.records()?;
            if !records.iter().any(|record| record.point == point) {
                // A point is not to blame for a file that has changed under the sweep.
                Folder::open(&args.out, sweep, &args.sweep)?;
                let settings = sweep.settings(point).iter().map(|(_, value)| value.to_string()).collect();
                let error = format!("its process ended with {status} and no result");
                folder.write(&Record { point, settings, outcome: Outcome::Failed { error } })?;
            }
            if !args.quiet {
                let done = total - waiting.len() - running.len();
                progress(done, total, sweep, point, records.iter().find(|record| record.point == point));
            }
        }
    }
    Ok(())
}

fn progress(done: usize, total: usize, sweep: &Sweep, point: u64, record: Option<&Record>) {
    use std::io::Write;
    let settings: Vec<String> = sweep.settings(point).iter().map(|(key, value)| format!("{key}={value}")).collect();
    let result = match record.map(|record| &record.outcome) {
        Some(Outcome::Done { results }) => results[Objective::Accuracy as usize]
            .map_or("done".to_owned(), |accuracy| format!("accuracy {:.2} %", 100.0 * accuracy)),
        _ => "failed".to_owned(),
    };
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{done}/{total} {}: {result}", settings.join(" "));
}
