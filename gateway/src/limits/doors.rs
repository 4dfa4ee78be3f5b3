//! Limits of attempts to get into a status page that is not public. The password is the same for all visitors, so that
//! what one of them gets wrong counts for the address that it comes from.

use std::fmt;
use std::time::Duration;

use domain::StatusPageId;
use shared::http::client_address::{AddressPrefix, SitePrefix};

use super::exchange::Exchange;
use super::guesses::{Guess, Guessers};
use super::keyed::Keyed;
use super::network::PerNetwork;
use super::{HOUR, MINUTE};
use crate::metrics;

/// Forms that may be sent from one address in a minute, to all pages together.
const FORMS_PER_MINUTE: u32 = 30;

/// Passwords that may be tried on one page in an hour by all together, and by one /48 network of IPv6. It is wide: who
/// reaches it keeps the others out.
const PASSWORDS_PER_HOUR: u32 = 1_200;
const SITE_PER_HOUR: u32 = 120;

/// Links that may be asked for from one address in an hour, and for one page by all together.
const LINKS_PER_HOUR: u32 = 30;
const LINKS_OF_PAGE_PER_HOUR: u32 = 600;

/// Who tries the password of a page.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Visitor(StatusPageId, AddressPrefix);

/// The same by site.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct OfSite(StatusPageId, SitePrefix);

impl fmt::Display for OfSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0, self.1)
    }
}

/// Counts attempts.
pub(crate) struct Doors {
    forms: PerNetwork,
    guesses: Guessers<Visitor>,
    passwords: Keyed<StatusPageId>,
    sites: Keyed<OfSite>,
    links: PerNetwork,
    links_of: Keyed<StatusPageId>,
}

impl Doors {
    pub(super) fn new(exchange: &Exchange) -> Self {
        Self {
            forms: PerNetwork::new(exchange, "page-form", FORMS_PER_MINUTE, MINUTE),
            guesses: Guessers::new(),
            passwords: Keyed::new(exchange, "page-password", PASSWORDS_PER_HOUR, HOUR),
            sites: Keyed::new(exchange, "page-password", SITE_PER_HOUR, HOUR),
            links: PerNetwork::new(exchange, "page-link", LINKS_PER_HOUR, HOUR),
            links_of: Keyed::new(exchange, "page-links", LINKS_OF_PAGE_PER_HOUR, HOUR),
        }
    }

    /// Counts a form that is sent.
    ///
    /// # Errors
    /// How long to wait when it is one too many.
    pub(crate) fn form(&self, from: AddressPrefix) -> Result<(), Duration> {
        judged("page-form", self.forms.count(from).wait)
    }

    /// Counts a password that is tried.
    ///
    /// # Errors
    /// How long to wait before it.
    pub(crate) fn password(&self, page: StatusPageId, from: AddressPrefix) -> Result<Try<'_>, Duration> {
        let guess = self.guesses.attempt(Visitor(page, from)).inspect_err(|_| {
            metrics::limited("page-guesses");
        })?;
        let of_site = from
            .site()
            .and_then(|site| self.sites.count(OfSite(page, site)).wait);
        // What a network is refused is not counted for the page.
        match of_site.or_else(|| self.passwords.count(page).wait) {
            None => Ok(Try(guess)),
            Some(wait) => {
                guess.was_none();
                metrics::limited("page-password");
                Err(wait)
            }
        }
    }

    /// Counts a link that is asked for.
    ///
    /// # Errors
    /// How long to wait before it.
    pub(crate) fn link(&self, page: StatusPageId, from: AddressPrefix) -> Result<(), Duration> {
        judged("page-link", self.links.count(from).wait)?;
        judged("page-link", self.links_of.count(page).wait)
    }
}

fn judged(limit: &'static str, wait: Option<Duration>) -> Result<(), Duration> {
    wait.map_or(Ok(()), |wait| {
        metrics::limited(limit);
        Err(wait)
    })
}

/// A password that is tried, which counts as wrong until it turns out not to be.
pub(crate) struct Try<'a>(Guess<'a, Visitor>);

impl Try<'_> {
    /// It was right.
    pub(crate) fn succeeded(self) {
        self.0.succeeded();
    }

    /// It was not looked at.
    pub(crate) fn was_none(self) {
        self.0.was_none();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: StatusPageId = StatusPageId(7);

    fn doors() -> Doors {
        Doors::new(&Exchange::alone())
    }

    fn from(address: &str) -> AddressPrefix {
        AddressPrefix::of(address.parse().unwrap())
    }

    fn wrong(doors: &Doors, page: StatusPageId, address: &str) -> usize {
        (0..1_000)
            .take_while(|_| doors.password(page, from(address)).is_ok())
            .count()
    }

    #[test]
    fn who_guesses_waits_at_one_page_and_nobody_else_does() {
        let doors = doors();
        assert_eq!(wrong(&doors, PAGE, "192.0.2.1"), 5);
        assert_eq!(wrong(&doors, PAGE, "192.0.2.2"), 5, "another address");
        assert_eq!(wrong(&doors, StatusPageId(8), "192.0.2.1"), 5, "another page");
        for _ in 0..20 {
            doors.password(PAGE, from("192.0.2.3")).ok().unwrap().succeeded();
            doors.password(PAGE, from("192.0.2.3")).ok().unwrap().was_none();
        }
    }

    #[test]
    fn a_page_and_a_site_have_so_many_in_an_hour() {
        let doors = doors();
        let of_site: usize = (0..1_000)
            .map(|n| wrong(&doors, PAGE, &format!("2001:db8:1:{n:x}::1")))
            .sum();
        assert_eq!(of_site, SITE_PER_HOUR as usize);
        let of_all: usize = (0..1_000)
            .map(|n| wrong(&doors, PAGE, &format!("192.0.{}.{}", n / 250, n % 250)))
            .sum();
        let left = (PASSWORDS_PER_HOUR - SITE_PER_HOUR) as usize;
        // Some is replenished meanwhile.
        assert!((left..left + 5).contains(&of_all), "{of_all}");
    }

    #[test]
    fn forms_and_links_are_counted_by_address() {
        let doors = doors();
        let asks = |address: &str| {
            let asks = (0..1_000).take_while(|_| doors.link(PAGE, from(address)).is_ok());
            asks.count()
        };
        assert_eq!(asks("192.0.2.1"), LINKS_PER_HOUR as usize);
        assert_eq!(asks("192.0.2.2"), LINKS_PER_HOUR as usize);
        let forms = (0..1_000).take_while(|_| doors.form(from("192.0.2.1")).is_ok());
        assert_eq!(forms.count(), FORMS_PER_MINUTE as usize);
    }
}
