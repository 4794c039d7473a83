//! The load tool: drives the real program over loopback and prints each figure beside the raw limit of the same run.
//!
//! ```text
//!   stage: server + data set ──▶ rows, one after the other ──▶ table
//!                 │                   │ load: players on connections
//!                 └─ raw limits ──────┘
//! ```
//! Figures are measured, never asserted: what they have to be is printed beside them. Promises that must hold under load (nothing twice,
//! nothing lost) are counted as errors, and `faults` proves them when the process is killed or the disk is full.
//!
//! The program is the `ringfence` that lies beside this executable. PostgreSQL and `MariaDB` are those of the tests: run it inside
//! `scripts/servers`.

mod bare;
mod client;
mod data;
mod fault;
mod load;
mod proc;
mod raw;
mod rows;
mod stage;
mod table;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use ringfence_kit::Engine;

use crate::data::Size;
use crate::stage::{Plan, Stage};

type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures Ringfence under load.
#[derive(Parser)]
#[command(name = "ringfence-bench", version)]
struct Args {
    /// Where the data is.
    #[arg(long, value_enum, default_value = "sqlite", global = true)]
    engine: EngineArg,
    /// Rows to measure, separated by commas; all if absent.
    #[arg(long, value_delimiter = ',', value_parser = row_name)]
    rows: Vec<String>,
    /// How long each row is measured.
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Clients at a time, where a row does not say otherwise.
    #[arg(long, default_value = "16", value_parser = clap::value_parser!(u16).range(1..=1000))]
    clients: u16,
    /// The large set: 100,000 subnets and 2,000,000 addresses.
    #[arg(long)]
    large: bool,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Kill the server under load, fill its disk, and look for what was lost.
    Faults {
        /// How often the server is killed.
        #[arg(long, default_value = "10")]
        kills: u32,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum EngineArg {
    Sqlite,
    Postgres,
    Mysql,
}

impl EngineArg {
    const fn engine(self) -> Engine {
        match self {
            Self::Sqlite => Engine::Sqlite,
            Self::Postgres => Engine::Postgres,
            Self::Mysql => Engine::Mysql,
        }
    }
}

fn row_name(text: &str) -> Result<String, String> {
    let known: Vec<_> = rows::ALL.iter().map(|(name, _)| *name).collect();
    if known.contains(&text) { Ok(text.to_owned()) } else { Err(format!("rows are {}", known.join(", "))) }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.verb {
        Some(Verb::Faults { kills }) => fault::run(args.engine.engine(), kills),
        None => bench(&args).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tell(&format!("ringfence-bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn bench(args: &Args) -> Fallible<()> {
    let machine = proc::machine();
    let size = if args.large { Size::LARGE } else { Size::STANDARD };
    let plan = Plan { engine: args.engine.engine(), size, clients: args.clients.into(), span: Duration::from_secs(args.seconds) };
    let mut stage = Stage::set(plan)?;
    let mut table = Vec::new();
    for (name, measure) in rows::ALL.iter().filter(|(name, _)| args.rows.is_empty() || args.rows.iter().any(|row| row == name)) {
        tell(name);
        table.extend(measure(&mut stage)?);
    }
    let set = format!("{} subnets, {} addresses", size.subnets, size.addresses());
    out(&format!("Engine {}, {set}, {} clients, {} s a row; {machine}\n", plan.engine, plan.clients, args.seconds))?;
    out(&table::render(&table))
}

/// How many cores the tool and the server share.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A line of the result.
fn out(text: &str) -> Fallible<()> {
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

/// A line about the progress; when nobody can see it, so be it.
fn tell(text: &str) {
    let _unseen = writeln!(std::io::stderr(), "{text}");
}
