//! What a process costs, by the kernel's own books (proc(5)).

use std::fs;
use std::time::Duration;

/// The kernel's unit of CPU time in `/proc` (USER_HZ), 100 per second on every architecture of Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// User and system time that a process has used, its threads included.
///
/// # Panics
/// When there is no such process.
pub fn cpu_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // The second field, a name in brackets, may hold anything; the third comes after the last bracket.
    let (_, rest) = stat.rsplit_once(')').expect("stat has a name in brackets");
    let field = |index: usize| {
        rest.split_whitespace()
            .nth(index)
            .and_then(|n| n.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    Duration::from_secs_f64((field(11) + field(12)) / TICKS_PER_SECOND)
}

/// Resident memory of a process in bytes.
///
/// # Panics
/// When there is no such process.
pub fn resident_bytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("status tells the memory");
    line.trim()
        .trim_end_matches(" kB")
        .trim()
        .parse::<u64>()
        .unwrap_or(0)
        * 1_024
}

/// The share of the machine's CPU time that was idle between two readings.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    idle: f64,
    all: f64,
}

impl Idle {
    /// Reads the books now.
    ///
    /// # Panics
    /// When `/proc/stat` cannot be read.
    pub fn now() -> Self {
        let stat = fs::read_to_string("/proc/stat").expect("/proc is mounted");
        let line = stat.lines().next().unwrap_or_default();
        let ticks: Vec<f64> = line
            .split_whitespace()
            .skip(1)
            .filter_map(|n| n.parse().ok())
            .collect();
        let idle = ticks.get(3).unwrap_or(&0.0) + ticks.get(4).unwrap_or(&0.0);
        Self {
            idle,
            all: ticks.iter().take(8).sum(),
        }
    }

    /// The share from `earlier` to now, from 0 to 1.
    pub fn share_since(earlier: Self) -> f64 {
        let now = Self::now();
        (now.idle - earlier.idle) / (now.all - earlier.all).max(1.0)
    }
}

/// The conditions that a figure holds for, in one line.
pub fn conditions() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        info.lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_once(':'))
            .map_or("unknown", |(_, value)| value.trim())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let profile = if cfg!(debug_assertions) {
        "debug build"
    } else {
        "release build"
    };
    format!("{cores} cores of {}, {profile}", field("model name"))
}
