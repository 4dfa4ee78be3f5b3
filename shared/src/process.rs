//! What Prometheus' own libraries tell of every process, under their names: its CPU time, memory, threads and files, and since
//! when it runs.

use std::fmt::Write as _;
use std::fs;

/// The ticks in which Linux tells programs of time, whatever its own are.
const TICKS_PER_SECOND: f64 = 100.0;

const KIB: f64 = 1_024.0;

/// What is known of this process; nothing where there is no /proc.
pub(crate) fn exposition() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    // One of them is that of the listing itself.
    let open = fs::read_dir("/proc/self/fd")
        .ok()
        .map(|files| files.count().saturating_sub(1));
    render(
        &read("/proc/self/stat"),
        &read("/proc/self/status"),
        &read("/proc/self/limits"),
        &read("/proc/stat"),
        open,
    )
}

/// The exposition of what these files say; what one of them does not say is left out.
fn render(stat: &str, status: &str, limits: &str, system: &str, open: Option<usize>) -> String {
    // The program's name stands in brackets before, and may hold anything.
    let fields: Vec<&str> = stat
        .rsplit_once(") ")
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .collect();
    // By their numbers in proc(5); the first one here is the third.
    let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
    let busy = field(14).zip(field(15));
    let began = number_behind(system, "btime ").zip(field(22));
    let values = [
        (
            "process_cpu_seconds_total",
            "counter",
            "CPU time of this process",
            busy.map(|(user, system)| (user + system) / TICKS_PER_SECOND),
        ),
        (
            "process_resident_memory_bytes",
            "gauge",
            "Memory of this process that is in RAM",
            number_behind(status, "VmRSS:").map(|kib| kib * KIB),
        ),
        (
            "process_virtual_memory_bytes",
            "gauge",
            "Address space of this process",
            number_behind(status, "VmSize:").map(|kib| kib * KIB),
        ),
        ("process_threads", "gauge", "Threads of this process", field(20)),
        (
            "process_open_fds",
            "gauge",
            "Files and connections that this process has open",
            open.map(|count| count as f64),
        ),
        (
            "process_max_fds",
            "gauge",
            "Files and connections that this process may have open",
            number_behind(limits, "Max open files"),
        ),
        (
            "process_start_time_seconds",
            "gauge",
            "When this process began, in seconds since 1970",
            began.map(|(boot, ticks)| boot + ticks / TICKS_PER_SECOND),
        ),
    ];
    let mut text = String::new();
    for (name, kind, meaning, value) in values {
        if let Some(value) = value {
            let _ = writeln!(
                text,
                "# HELP {name} {meaning}\n# TYPE {name} {kind}\n{name} {value}"
            );
        }
    }
    text
}

/// The number that follows a name at the beginning of a line.
fn number_behind(text: &str, name: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str =
        "42 (a ) program) S 1 42 42 0 -1 4194304 122 0 0 0 250 50 0 0 20 0 7 0 12345 3133440 383";
    const STATUS: &str = "Name:\ta ) program\nVmSize:\t    3060 kB\nVmRSS:\t    1532 kB\n";
    const LIMITS: &str = "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 524288               files\n";

    #[test]
    fn it_is_what_the_system_says() {
        let text = render(STAT, STATUS, LIMITS, "cpu 1 2 3\nbtime 1700000000\n", Some(12));
        let values: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            values,
            [
                "process_cpu_seconds_total 3",
                "process_resident_memory_bytes 1568768",
                "process_virtual_memory_bytes 3133440",
                "process_threads 7",
                "process_open_fds 12",
                "process_max_fds 1024",
                "process_start_time_seconds 1700000123.45",
            ]
        );
    }

    #[test]
    fn what_is_not_said_is_left_out() {
        assert_eq!(render("", "", "", "", None), "");
        let unlimited = "Max open files            unlimited            unlimited            files\n";
        assert_eq!(render("42 (cut", "VmRSS:\n", unlimited, "btime\n", None), "");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_known() {
        let text = exposition();
        for name in [
            "cpu_seconds_total",
            "resident_memory_bytes",
            "open_fds",
            "start_time_seconds",
        ] {
            assert!(
                text.contains(&format!("\nprocess_{name} ")),
                "{name} is not in {text}"
            );
        }
    }
}
