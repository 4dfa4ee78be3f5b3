//! Limits of attempts to log in and to register. Nobody is locked out by what a stranger tries: failures count for
//! the account together with the address that they come from, and devices that are known to the account count apart.

use std::fmt;

use actix_web::HttpRequest;
use shared::device::{AccountKey, Device};
use shared::http::client_address::{AddressPrefix, SitePrefix};
use shared::http::problem::Problem;

use super::bucket::Verdict;
use super::exchange::Exchange;
use super::guesses::{Guess, Guessers};
use super::keyed::Keyed;
use super::network::PerNetwork;
use super::{HOUR, MINUTE, judged, refused};

/// Attempts on one account in an hour from all unknown devices together. It is wide: it slows down who guesses from
/// many addresses, and reaching it keeps the owner's new devices waiting too.
const STRANGERS_PER_HOUR: u32 = 300;

/// Attempts on one account in an hour from all unknown devices of one /48 network of IPv6.
const SITE_PER_HOUR: u32 = 60;

/// How often in an hour one /48 network of IPv6 is told that an address has an account.
const TAKEN_PER_HOUR: u32 = 50;

/// Who tries to log in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) from: AddressPrefix,
    /// The account, if what was sent names one.
    pub(crate) account: Option<AccountKey>,
    /// The device, if the account knows it.
    pub(crate) device: Option<Device>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Guesser {
    Known(AccountKey, Device),
    Stranger(AccountKey, AddressPrefix),
}

impl Candidate {
    fn guesser(&self) -> Option<Guesser> {
        let account = self.account?;
        Some(match self.device {
            Some(device) => Guesser::Known(account, device),
            None => Guesser::Stranger(account, self.from),
        })
    }
}

/// Unknown devices of one site that try one account.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct OfSite(AccountKey, SitePrefix);

impl fmt::Display for OfSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0, self.1)
    }
}

/// Counts attempts.
pub(crate) struct SignIn {
    clients: PerNetwork,
    devices: Keyed<Device>,
    guesses: Guessers<Guesser>,
    strangers: Keyed<AccountKey>,
    /// The same from each /48 network of IPv6, which alone must not reach what all may try together.
    sites: Keyed<OfSite>,
    /// Registrations of addresses that have an account: they tell that there is one.
    taken: Guessers<AddressPrefix>,
    /// The same from each /48 network of IPv6, whose networks would each have their own. It is a rate, and not failures in
    /// a row: those of a whole company or provider would never end.
    taken_by_site: Keyed<SitePrefix>,
}

impl SignIn {
    pub(super) fn new(exchange: &Exchange, per_minute: u32) -> Self {
        Self {
            clients: PerNetwork::new(exchange, "login", per_minute, MINUTE),
            devices: Keyed::new(exchange, "device", per_minute, MINUTE),
            guesses: Guessers::new(),
            strangers: Keyed::new(exchange, "account", STRANGERS_PER_HOUR, HOUR),
            sites: Keyed::new(exchange, "account", SITE_PER_HOUR, HOUR),
            taken: Guessers::new(),
            taken_by_site: Keyed::new(exchange, "taken", TAKEN_PER_HOUR, HOUR),
        }
    }

    /// Counts an attempt to log in.
    ///
    /// # Errors
    /// 429 when it has to wait.
    pub(crate) fn login(&self, request: &HttpRequest, candidate: &Candidate) -> Result<Attempt<'_>, Problem> {
        let verdict = match candidate.device {
            Some(device) => self.devices.count(device),
            None => self.clients.count(candidate.from),
        };
        judged(request, "login", verdict)?;
        let Some(guesser) = candidate.guesser() else {
            return Ok(Attempt(None));
        };
        let guess = self.guesses.attempt(guesser);
        let guess = guess.map_err(|wait| refused("guesses", wait))?;
        if let Guesser::Stranger(account, from) = guesser
            // How often strangers have tried is not theirs to know.
            && let Some(wait) = self.count_stranger(account, from).wait
        {
            guess.was_none();
            return Err(refused("account", wait));
        }
        Ok(Attempt(Some(guess)))
    }

    fn count_stranger(&self, account: AccountKey, from: AddressPrefix) -> Verdict {
        match from.site().map(|site| self.sites.count(OfSite(account, site))) {
            Some(refused) if refused.is_refusal() => refused,
            _ => self.strangers.count(account),
        }
    }

    /// Counts an attempt to register.
    ///
    /// # Errors
    /// 429 when it has to wait.
    pub(crate) fn register(&self, request: &HttpRequest, from: AddressPrefix) -> Result<(), Problem> {
        judged(request, "login", self.clients.count(from))?;
        let alone = self.taken.wait(&from);
        let by_site = from.site().and_then(|site| self.taken_by_site.wait(&site));
        alone
            .max(by_site)
            .map_or(Ok(()), |wait| Err(refused("register", wait)))
    }

    /// Somebody was told that an address is registered already.
    pub(crate) fn told_taken(&self, from: AddressPrefix) {
        // Whoever was told at the same time has to wait as well.
        let _ = self.taken.attempt(from);
        if let Some(site) = from.site() {
            self.taken_by_site.count(site);
        }
    }
}

/// An attempt to log in, which counts as failed until it turns out not to be.
pub(crate) struct Attempt<'a>(Option<Guess<'a, Guesser>>);

impl Attempt<'_> {
    /// The password was right.
    pub(crate) fn succeeded(self) {
        if let Some(guess) = self.0 {
            guess.succeeded();
        }
    }

    /// No password was tried.
    pub(crate) fn was_none(self) {
        if let Some(guess) = self.0 {
            guess.was_none();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use actix_web::test::TestRequest;
    use domain::EmailAddress;
    use shared::token::TokenKey;

    use super::*;

    fn sign_in(per_minute: u32) -> SignIn {
        SignIn::new(&Exchange::alone(), per_minute)
    }

    fn login<'a>(sign_in: &'a SignIn, candidate: &Candidate) -> Result<Attempt<'a>, Problem> {
        sign_in.login(&TestRequest::default().to_http_request(), candidate)
    }

    fn register(sign_in: &SignIn, from: AddressPrefix) -> Result<(), Problem> {
        sign_in.register(&TestRequest::default().to_http_request(), from)
    }

    fn account(address: &str) -> Option<AccountKey> {
        let key = TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into());
        Some(AccountKey::of(&key, &EmailAddress::parse(address).unwrap()))
    }

    fn address(n: u32) -> AddressPrefix {
        AddressPrefix::of(IpAddr::V4(Ipv4Addr::from(n)))
    }

    fn stranger(n: u32) -> Candidate {
        Candidate {
            from: address(n),
            account: account("ada@example.org"),
            device: None,
        }
    }

    /// How many attempts may be made at once, all of which fail.
    fn failures(sign_in: &SignIn, candidate: &Candidate) -> usize {
        (0..1_000)
            .take_while(|_| login(sign_in, candidate).is_ok())
            .count()
    }

    #[test]
    fn who_guesses_from_one_address_waits_and_nobody_else_does() {
        let sign_in = sign_in(1_000);
        assert_eq!(failures(&sign_in, &stranger(1)), 5);
        assert_eq!(failures(&sign_in, &stranger(2)), 5, "another address");
        let other = Candidate {
            account: account("eve@example.org"),
            ..stranger(1)
        };
        assert_eq!(failures(&sign_in, &other), 5, "another account");
    }

    #[test]
    fn a_login_that_succeeds_ends_the_count_and_what_was_no_attempt_leaves_it() {
        let sign_in = sign_in(1_000);
        for _ in 0..20 {
            for _ in 0..4 {
                assert!(login(&sign_in, &stranger(1)).is_ok());
            }
            login(&sign_in, &stranger(1)).unwrap().was_none();
            login(&sign_in, &stranger(1)).unwrap().succeeded();
        }
    }

    #[test]
    fn a_known_device_gets_in_whatever_strangers_try() {
        let sign_in = sign_in(10);
        for n in 1..=100 {
            failures(&sign_in, &stranger(n));
        }
        assert!(
            login(&sign_in, &stranger(1_000)).is_err(),
            "the account's cap is reached"
        );
        // From an address that has used up its own attempts.
        let mut known = stranger(1);
        known.device = Some(Device::new(shared::now()));
        assert_eq!(failures(&sign_in, &known), 5);
    }

    #[test]
    fn one_site_does_not_use_up_what_all_strangers_may_try() {
        let sign_in = sign_in(1_000);
        let from_site = |n: u16| Candidate {
            from: AddressPrefix::of(IpAddr::from([0x2001, 0xdb8, 7, n, 0, 0, 0, 1])),
            ..stranger(1)
        };
        let tried: usize = (0..1_000).map(|n| failures(&sign_in, &from_site(n))).sum();
        assert_eq!(tried, 60);
        assert_eq!(failures(&sign_in, &stranger(1)), 5, "the owner from elsewhere");
    }

    #[test]
    fn an_address_has_its_attempts_whatever_it_names() {
        let sign_in = sign_in(3);
        let nonsense = Candidate {
            account: None,
            ..stranger(1)
        };
        assert_eq!(failures(&sign_in, &nonsense), 3);
        assert_eq!(failures(&sign_in, &stranger(1)), 0);
    }

    #[test]
    fn who_asks_by_registering_which_addresses_exist_waits() {
        let sign_in = sign_in(1_000);
        let mut told = 0;
        while register(&sign_in, address(1)).is_ok() {
            sign_in.told_taken(address(1));
            told += 1;
        }
        assert_eq!(told, 5);
        assert!(register(&sign_in, address(2)).is_ok());
        assert_eq!(
            (0..100)
                .filter(|_| register(&sign_in, address(2)).is_ok())
                .count(),
            100
        );
    }

    #[test]
    fn the_networks_of_a_site_wait_together() {
        let sign_in = sign_in(1_000);
        let from = |site: u32, network: u32| {
            let address = format!("2001:db8:{site:x}:{network:x}::1");
            AddressPrefix::of(address.parse().unwrap())
        };
        let told = (0..1_000)
            .filter(|&network| {
                let asks = register(&sign_in, from(1, network)).is_ok();
                if asks {
                    sign_in.told_taken(from(1, network));
                }
                asks
            })
            .count();
        assert_eq!(told, 50);
        assert!(register(&sign_in, from(2, 1)).is_ok());
    }
}
