//! `ringfence audit …`.

use std::process::ExitCode;

use super::{Context, Outcome};
use crate::args::AuditVerb;
use crate::out;

pub(super) fn run(context: &Context, verb: &AuditVerb) -> Outcome {
    let AuditVerb::Verify = verb;
    let found = tokio::task::block_in_place(|| context.app.verify_audit())?;
    if context.json {
        out::line(serde_json::json!({ "sealed": found.sealed, "open": found.open, "fault": found.fault }));
    } else {
        match &found.fault {
            None => out::line(format!("{} events sealed and unchanged, {} not sealed yet", found.sealed, found.open)),
            Some(fault) => out::line(format!("the audit trail was changed: {fault}")),
        }
    }
    Ok(if found.fault.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
