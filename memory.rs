//! Memory for bodies that are inspected, within a limit for all checks together.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::ProbeError;

/// Memory for all bodies that are being inspected, in bytes.
const MAX_TAKEN: usize = 256 * 1024 * 1024;

/// What one check has taken of the memory for all. It is given back with the share.
pub(super) struct Share<'a> {
    taken: usize,
    all: &'a AtomicUsize,
}

impl<'a> Share<'a> {
    pub(super) fn new(all: &'a AtomicUsize) -> Self {
        Self { taken: 0, all }
    }

    /// Takes so many bytes more, if there are some.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), ProbeError> {
        if self.all.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_TAKEN {
            self.all.fetch_sub(bytes, Ordering::Relaxed);
            return Err(ProbeError::Local(
                "there is no memory for another body".to_owned(),
            ));
        }
        self.taken += bytes;
        Ok(())
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_given_back() {
        let all = AtomicUsize::new(0);
        let mut one = Share::new(&all);
        one.take(MAX_TAKEN - 10).unwrap();
        let mut other = Share::new(&all);
        other.take(10).unwrap();
        assert!(matches!(other.take(1), Err(ProbeError::Local(_))));
        drop(one);
        other.take(1).unwrap();
        drop(other);
        assert_eq!(all.into_inner(), 0);
    }
}
