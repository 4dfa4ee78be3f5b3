//! Fits the limits of checks to those of the operating system.

use crate::settings::Limits;

/// File descriptors reserved for anything but checks.
const RESERVED: u64 = 512;

/// Raises the limit of open files as far as this process may, and fits the limits of checks to it: each
/// check in flight has a connection. Answers the part of one of the pingers of this process, which share its open files.
pub(crate) fn fit(limits: Limits, pingers: usize) -> Limits {
    let open_files = shared::open_files::raise();
    let fitted = scaled(limits, open_files);
    if fitted != limits {
        tracing::warn!(
            open_files,
            ?fitted,
            "checks in flight are limited by the number of open files"
        );
    }
    fitted.shared_by(pingers)
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

    #[test]
    fn pingers_of_one_process_share_what_fits_it() {
        let limits = Limits {
            regular: 4_096,
            failing: 4_096,
            catch_up: 512,
            per_host: 64,
        };
        let part = |open_files| {
            let part = scaled(limits, open_files).shared_by(3);
            assert_eq!(part.per_host, 64);
            (part.regular, part.failing, part.catch_up)
        };
        assert_eq!(part(1_000_000), (1_365, 1_365, 170));
        // Each part would fit these by itself.
        let (regular, failing, catch_up) = part(4_096);
        assert!(3 * (regular + failing + catch_up) <= 4_096 - 512);
    }
}
