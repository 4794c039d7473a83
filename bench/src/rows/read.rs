//! What the API only reads.

use std::fmt::Display;

use super::{readers, with_key};
use crate::Fallible;
use crate::data::{Size, name_part};
use crate::stage::Stage;
use crate::table::{Goal, Limit, Row};

/// Different requests of a row; more would only fill the memory of the load tool.
const DIFFERENT: usize = 5_000;

/// The constant answer of the real program.
pub(super) fn constant(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let players = readers(stage, "", &["/healthz".to_owned()]);
    let (measured, _) = stage.drive(players, stage.plan.span)?;
    Ok(vec![Row::rate("constant answer (`/healthz`)", &measured, Some(stage.limits.http), Goal::None).noted(&stage.limits.rest())])
}

/// One address by id.
pub(super) fn get(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let paths = spread(&stage.addresses, |id| format!("/api/v1/addresses/{id}"));
    asked(stage, "API get one address", &paths, stage.limits.http, stage.limits.at_least(35_000.0))
}

/// One hundred addresses of a subnet.
pub(super) fn list(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let paths = spread(&stage.subnets, |id| format!("/api/v1/addresses?subnet_id={id}&limit=100"));
    asked(stage, "API list 100 addresses", &paths, stage.limits.list, stage.limits.at_least(7_500.0))
}

/// The next free address of a subnet.
pub(super) fn next(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let paths = spread(&stage.subnets, |id| format!("/api/v1/subnets/{id}/addresses/next"));
    let goal = if stage.plan.size == Size::LARGE { Goal::P95(10.0) } else { stage.limits.at_least(30_000.0) };
    asked(stage, "API next free address", &paths, stage.limits.http, goal)
}

/// Part of a host name.
pub(super) fn search(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let paths = names(stage, "/api/v1/search?q=");
    asked(stage, "API search by part of a host name", &paths, stage.limits.search, stage.limits.at_least(1_500.0))
}

fn asked(stage: &Stage, name: &str, paths: &[String], limit: Limit, goal: Goal) -> Fallible<Vec<Row>> {
    let (measured, _) = stage.drive(readers(stage, &with_key(stage), paths), stage.plan.span)?;
    Ok(vec![Row::rate(name, &measured, Some(limit), goal)])
}

/// Paths with parts of names, spread over the data set.
pub(super) fn names(stage: &Stage, path: &str) -> Vec<String> {
    let all = stage.plan.size.addresses();
    (0..1_000).map(|n| format!("{path}{}", name_part(n * 7_919 % all))).collect()
}

/// Paths of objects spread evenly over `all`.
pub(super) fn spread<T: Display>(all: &[T], path: impl Fn(&T) -> String) -> Vec<String> {
    all.iter().step_by(all.len().div_ceil(DIFFERENT).max(1)).map(path).collect()
}
