//! Fits the limits of checks to those of the operating system.

use crate::settings::Limits;

/// File descriptors reserved for anything but checks.
const RESERVED: u64 = 512;

/// Raises the limit of open files as far as this process may, and fits the limits of checks to it: each
/// check in flight has a connection.
pub(crate) fn fit(limits: Limits) -> Limits {
    let open_files = shared::open_files::raise();
    let fitted = scaled(limits, open_files);
    if fitted != limits {
        tracing::warn!(
            open_files,
            ?fitted,
            "checks in flight are limited by the number of open files"
        );
    }
    fitted
}

fn scaled(limits: Limits, open_files: u64) -> Limits {
    let wanted = (limits.regular + limits.failing + limits.catch_up) as u64;
    let available = open_files.saturating_sub(RESERVED).max(open_files / 2).max(8);
    if wanted <= available {
        return limits;
    }
    let scale = |limit: usize| ((limit as u64 * available / wanted) as usize).max(1);
    Limits {
        regular: scale(limits.regular),
        failing: scale(limits.failing),
        catch_up: scale(limits.catch_up),
        per_host: limits.per_host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_in_flight_fit_the_open_files() {
        let limits = Limits {
            regular: 4_096,
            failing: 4_096,
            catch_up: 512,
            per_host: 64,
        };
        assert_eq!(scaled(limits, 1_000_000), limits);
        let small = scaled(limits, 1_024);
        assert!(small.regular + small.failing + small.catch_up <= 512);
        assert!(small.catch_up >= 1);
    }
}
