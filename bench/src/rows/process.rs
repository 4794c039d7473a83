//! The process: its memory and its start.

use super::write::Creator;
use super::{Fixed, readers, with_key};
use crate::Fallible;
use crate::proc::{Memory, memory as of};
use crate::rows::read::{names, spread};
use crate::stage::Stage;
use crate::table::{Goal, Row};

/// Starts that are timed.
const STARTS: usize = 10;

/// Just started on the loaded database, and after a mixed load.
pub(super) fn memory(stage: &mut Stage) -> Fallible<Vec<Row>> {
    stage.server.terminate();
    stage.server.restart();
    stage.drive(vec![health(stage)], std::time::Duration::from_millis(100))?;
    let idle = of(stage.server.pid())?;
    let span = stage.plan.span / 2;
    for paths in [
        spread(&stage.addresses, |id| format!("/api/v1/addresses/{id}")),
        spread(&stage.subnets, |id| format!("/api/v1/addresses?subnet_id={id}&limit=100")),
        names(stage, "/api/v1/search?q="),
    ] {
        stage.drive(readers(stage, &with_key(stage), &paths), span)?;
    }
    stage.drive(Creator::team(stage), span)?;
    let loaded = of(stage.server.pid())?;
    Ok(vec![resident("memory, idle", &idle, 40.0), resident("memory, after load", &loaded, 80.0)])
}

fn health(stage: &Stage) -> Fixed {
    Fixed::new(vec![format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", stage.target.host()).into_bytes()], 200)
}

fn resident(name: &str, memory: &Memory, most: f64) -> Row {
    let Memory { resident, own, mapped, peak } = memory;
    let note = format!("{own:.0} MB of its own, {mapped:.0} MB are pages of files (program and database); peak {peak:.0} MB");
    Row::figure(name, *resident, "MB", Goal::AtMost(most)).noted(&note)
}

/// From the start of the process to its `ready` line, on the loaded database.
pub(super) fn start(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        stage.server.terminate();
        times.push(stage.server.restart().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let (Some(quickest), Some(median), Some(slowest)) = (times.first(), times.get(STARTS / 2), times.last()) else {
        return Err("no start was timed".into());
    };
    let note = format!("of {STARTS} starts: the quickest {quickest:.1} ms, the slowest {slowest:.1} ms");
    Ok(vec![Row::figure("cold start, median", *median, "ms", Goal::AtMost(50.0)).noted(&note)])
}
