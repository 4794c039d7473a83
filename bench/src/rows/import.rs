//! A CSV file on the command line: what a person waits for.

use std::time::{Duration, Instant};

use ringfence_kit::{Options, Server};

use crate::Fallible;
use crate::proc::time_of_children;
use crate::raw::IMPORT;
use crate::stage::{Stage, import as load, write};
use crate::table::{Goal, Row};

/// How long a process ran, and how long it kept processors busy.
struct Run {
    wall: Duration,
    busy: Duration,
}

/// 10,000 addresses into a plan that has their subnets only.
pub(super) fn import(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let server = Server::stopped(stage.plan.engine, Options::default());
    load(&server, "subnets", &stage.plan.size.subnet_file())?;
    let file = write(&server, "addresses", &stage.plan.size.address_file(0, IMPORT))?;
    let nothing = run(&server, &["setting", "list"])?;
    let dry = run(&server, &["import", "addresses", &file])?;
    let applied = run(&server, &["import", "addresses", &file, "--apply"])?;
    let again = run(&server, &["import", "addresses", &file, "--apply"])?;
    let note = |run: &Run| format!("{:.0} ms of processor time", millis(run.busy));
    let mut row =
        Row::figure("import 10,000 rows, dry run and apply in one process", millis(applied.wall), "ms", stage.limits.within(150.0))
            .noted(&format!("{}; of the time {:.0} ms are the start of a process on this database", note(&applied), millis(nothing.wall)));
    row.limit = Some(stage.limits.import);
    let dry = Row::figure("import 10,000 rows, dry run alone", millis(dry.wall), "ms", Goal::None).noted(&note(&dry));
    let again = Row::figure("import of the same rows again", millis(again.wall), "ms", Goal::None).noted(&note(&again));
    Ok(vec![row, dry, again.noted(&format!("the data set: {}", stage.imported))])
}

fn run(server: &Server, arguments: &[&str]) -> Fallible<Run> {
    let (before, start) = (time_of_children()?, Instant::now());
    server.cli(arguments, "").success();
    Ok(Run { wall: start.elapsed(), busy: time_of_children()?.saturating_sub(before) })
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
