//! Printing figures.

/// Prints a line.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub fn report(line: &str) {
    println!("{line}");
}

/// Says of requests that failed that there were some: figures are worth nothing then.
pub fn tell_failed(failed: usize) {
    if failed > 0 {
        report(&format!(
            "{failed} requests FAILED; the rate is too high for this machine"
        ));
    }
}
