//! How much simulations may do. Nothing else bounds them: a month of results takes milliseconds, and so does a single
//! result after which somebody is reminded for months.

use std::fmt;

/// Steps after which it is asked whether there is still time. Of the longest ones, where a policy has a thousand routes, so
/// many take milliseconds.
const ASKED_AFTER: u64 = 64;

/// Why a simulation has not come to its end. Nothing comes of it then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// There was more to do than it may.
    TooMuch,
    /// There was no time left.
    Late,
}

/// How much simulations may still do, in steps: each record is one, each instant at which a ledger is looked at, and each
/// message a few.
pub struct Budget<'a> {
    left: u64,
    /// Until it is asked again.
    unasked: u64,
    is_late: Option<&'a (dyn Fn() -> bool + 'a)>,
}

impl<'a> Budget<'a> {
    /// So many steps, however long they take.
    #[must_use]
    pub fn of(steps: u64) -> Self {
        Self {
            left: steps,
            unasked: 0,
            is_late: None,
        }
    }

    /// So many steps, as long as it is not late. That is asked often.
    #[must_use]
    pub fn while_in_time(steps: u64, is_late: &'a (dyn Fn() -> bool + 'a)) -> Self {
        Self {
            is_late: Some(is_late),
            ..Self::of(steps)
        }
    }

    /// How many steps are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Takes so many steps.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Stopped> {
        if self.unasked == 0 {
            if self.is_late.is_some_and(|is_late| is_late()) {
                return Err(Stopped::Late);
            }
            self.unasked = ASKED_AFTER;
        }
        self.unasked = self.unasked.saturating_sub(steps);
        self.left = self.left.checked_sub(steps).ok_or(Stopped::TooMuch)?;
        Ok(())
    }
}

impl fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_is_not_left_is_not_spent() {
        let mut budget = Budget::of(5);
        assert_eq!(budget.spend(3), Ok(()));
        assert_eq!(budget.spend(3), Err(Stopped::TooMuch));
        assert_eq!((budget.spend(2), budget.left()), (Ok(()), 0));
        assert_eq!(budget.spend(1), Err(Stopped::TooMuch));
    }

    #[test]
    fn it_is_asked_at_once_and_then_often_whether_there_is_time() {
        let asked = Cell::new(0);
        let is_late = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        let mut budget = Budget::while_in_time(u64::MAX, &is_late);
        let taken = (0..).take_while(|_| budget.spend(1).is_ok()).count();
        assert_eq!((taken as u64, asked.get()), (3 * ASKED_AFTER, 4));
        assert_eq!(budget.spend(1), Err(Stopped::Late));
        // What takes more steps than are between two questions is asked about each time.
        asked.set(0);
        let mut budget = Budget::while_in_time(u64::MAX, &is_late);
        let taken = (0..)
            .take_while(|_| budget.spend(ASKED_AFTER * 2).is_ok())
            .count();
        assert_eq!(taken, 3);
    }
}
