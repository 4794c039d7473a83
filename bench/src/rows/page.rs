//! Pages, as a browser with a session gets them.

use ringfence_kit::{Answer, World, block_on};

use super::read::{names, spread};
use super::readers;
use crate::Fallible;
use crate::data::Size;
use crate::stage::Stage;
use crate::table::{Goal, Row};

/// The longest that a page may be, in bytes.
const LONGEST: usize = 300_000;

/// The tree of subnets.
pub(super) fn tree(stage: &mut Stage) -> Fallible<Vec<Row>> {
    shown(stage, "tree page", &["/subnets".to_owned()], 1_500.0)
}

/// A subnet with its addresses.
pub(super) fn addresses(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let paths = spread(&stage.subnets, |id| format!("/subnets/{id}"));
    shown(stage, "addresses page", &paths, 3_000.0)
}

/// The results of a search for a part of a host name.
pub(super) fn search(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let paths = names(stage, "/search?q=");
    shown(stage, "search page", &paths, 1_000.0)
}

fn shown(stage: &Stage, name: &str, paths: &[String], least: f64) -> Fallible<Vec<Row>> {
    let browser = stage.server.anon();
    let cookies = cookies(&block_on(browser.login("admin", World::PASSWORD)).expect(303));
    let goal = if stage.plan.size == Size::LARGE { Goal::P95(100.0) } else { stage.limits.at_least(least) };
    let head = format!("Cookie: {cookies}\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\n");
    let (measured, _) = stage.drive(readers(stage, &head, paths), stage.plan.span)?;
    let verdict = if measured.longest < LONGEST { "" } else { ", more than the 300 kB that a page may have" };
    let note = format!("the longest page had {} kB{verdict}", measured.longest.div_ceil(1_000));
    Ok(vec![Row::rate(name, &measured, Some(stage.limits.http), goal).noted(&note)])
}

/// The cookies that an answer sets, as a browser sends them back.
pub(super) fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    set.filter_map(|value| value.split(';').next()).collect::<Vec<_>>().join("; ")
}
