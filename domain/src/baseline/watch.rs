//! Whether the last response times were slower than usual.

/// So many of the last results are looked at; only those that succeeded, and for whose hour it is known what is usual.
pub const LAST: u32 = 10;

/// It begins when so many of them were slower than usual. By chance that is one in twenty of the results of a usual hour at
/// most, and six of ten less than once in 300,000.
pub const BEGINS_AT: u32 = 6;

/// It ends when fewer of them were: between the two it stays as it is, so that it does not come and go.
pub const ENDS_BELOW: u32 = 3;

/// Whether a monitor's response times are slower than usual.
///
/// Results that were usual leave no trace once those before them were, too: what there is then is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Which of the last results were slower than usual, the newest in the lowest bit.
    slower: u16,
    is_slow: bool,
}

/// What a result has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Response times are slower than usual from now on.
    Begun,
    /// They are as usual again.
    Ended,
}

impl Watch {
    /// From the stored form.
    pub const fn from_parts(slower: u16, is_slow: bool) -> Self {
        Self {
            slower: slower & MASK,
            is_slow,
        }
    }

    /// The stored form.
    pub const fn to_parts(self) -> (u16, bool) {
        (self.slower, self.is_slow)
    }

    /// Whether response times are slower than usual.
    pub const fn is_slow(self) -> bool {
        self.is_slow
    }

    /// Takes note of a result that succeeded, which took so long where so much is usual.
    pub fn note(&mut self, latency_ms: u32, bound_ms: u32) -> Option<Change> {
        self.slower = ((self.slower << 1) | u16::from(latency_ms > bound_ms)) & MASK;
        let count = self.slower.count_ones();
        match self.is_slow {
            false if count >= BEGINS_AT => {
                self.is_slow = true;
                Some(Change::Begun)
            }
            true if count < ENDS_BELOW => {
                self.is_slow = false;
                Some(Change::Ended)
            }
            _ => None,
        }
    }
}

/// The bits of the last results.
const MASK: u16 = (1 << LAST) - 1;
