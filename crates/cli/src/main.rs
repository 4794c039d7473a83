//! The binary `ringfence`: the door for operators, and the composition root that wires every other crate.
//!
//! [`config`] is what must be known before the database opens, [`open`] puts the application together, [`serve`] runs the server, [`verb`] holds one
//! file per command-line verb.

mod args;
mod config;
mod open;
mod out;
mod serve;
mod verb;

use std::process::ExitCode;

use clap::Parser;
use ringfence_app::Refusal;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    small_pages();
    let args = args::Args::parse();
    // The one provider of cryptography; a second call would only say that it is there already.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    match verb::run(args) {
        Ok(code) => code,
        Err(error) => {
            match error.downcast_ref::<Refusal>() {
                Some(refusal) => out::fail(refusal.cause()),
                None => out::fail(&error),
            }
            ExitCode::FAILURE
        }
    }
}

/// Huge pages make every thread's few hundred kilobytes of heap a few megabytes: measured, four times the memory and no speed. A kernel that does
/// not know the wish loses nothing but that.
fn small_pages() {
    #[cfg(target_os = "linux")]
    let _unknown = rustix::thread::disable_transparent_huge_pages(true);
}
