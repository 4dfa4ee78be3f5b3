//! The zones of names: names of one zone fail together.

use std::hash::{DefaultHasher, Hasher as _};

/// The zone of a name, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Zone(u64);

impl Zone {
    /// Of the names without a dot, which are looked for in the search domains of the system.
    pub(crate) const SEARCHED: Self = Self(0);

    /// The last two labels make it.
    pub(crate) fn of(name: &str) -> Self {
        let name = name.strip_suffix('.').unwrap_or(name);
        if !name.contains('.') {
            return Self::SEARCHED;
        }
        let start = name.rmatch_indices('.').nth(1).map_or(0, |(dot, _)| dot + 1);
        let mut hasher = DefaultHasher::new();
        hasher.write(&name.as_bytes()[start..]);
        Self(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_labels_make_a_zone() {
        assert_eq!(Zone::of("www.shop.example."), Zone::of("api.shop.example"));
        assert_eq!(Zone::of("shop.example"), Zone::of("www.shop.example"));
        assert_ne!(Zone::of("shop.example"), Zone::of("shop.test"));
    }

    #[test]
    fn names_without_a_dot_share_the_search_domains() {
        assert_eq!(Zone::of("intranet"), Zone::of("printer."));
        assert_ne!(Zone::of("intranet"), Zone::of("intranet.example"));
    }
}
