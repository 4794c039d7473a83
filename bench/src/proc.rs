//! What the system says about this machine and its processes.

use std::fs;
use std::time::Duration;

use crate::{Fallible, cores};

/// Ticks of `/proc/PID/stat` per second, on every Linux.
const TICKS: u64 = 100;

/// Memory of a process, in megabytes of 10^6 bytes.
pub(crate) struct Memory {
    /// Resident, of which the next two are parts.
    pub(crate) resident: f64,
    /// Heap and stacks.
    pub(crate) own: f64,
    /// Pages of files, which the kernel takes back when it needs them.
    pub(crate) mapped: f64,
    /// The most that was ever resident.
    pub(crate) peak: f64,
}

/// The memory of a running process.
pub(crate) fn memory(pid: u32) -> Fallible<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        let kib: u32 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        f64::from(kib) * 1_024.0 / 1e6
    };
    Ok(Memory { resident: field("VmRSS:"), own: field("RssAnon:"), mapped: field("RssFile:"), peak: field("VmHWM:") })
}

/// Processor time of a running process, in steps of 10 ms.
pub(crate) fn time_of(pid: u32) -> Fallible<Duration> {
    ticks(&format!("/proc/{pid}/stat"), 11)
}

/// Processor time of all ended children of this process, in steps of 10 ms.
pub(crate) fn time_of_children() -> Fallible<Duration> {
    ticks("/proc/self/stat", 13)
}

/// Two neighbouring times of a `stat` file, user and system, added up.
fn ticks(file: &str, first: usize) -> Fallible<Duration> {
    let stat = fs::read_to_string(file)?;
    // The name of the program may hold blanks; the fields behind it are counted from its end.
    let (_, fields) = stat.rsplit_once(')').ok_or("the format of /proc/PID/stat has changed")?;
    let ticks: u64 = fields.split_whitespace().skip(first).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 1_000 / TICKS))
}

/// Whether this process may mount.
pub(crate) fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}

/// The machine in a line.
pub(crate) fn machine() -> String {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown").trim_start_matches([' ', '\t', ':']);
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("?");
    format!("{} cores, {model}, Linux {}, load average before the run {load}", cores(), read("/proc/sys/kernel/osrelease").trim())
}
