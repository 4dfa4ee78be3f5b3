//! The addresses of one name: A and AAAA are asked for separately, and only what is wanted, so that neither waits for
//! the other (RFC 8305).

use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::task::{Context, Poll};

use domain::monitor::IpFamily;
use hickory_resolver::proto::rr::{Name, RecordType};

use super::problem::LookupProblem;
use super::{Resolver, wire_name};

/// What one of the look-ups has found, or what was known without one; perhaps nothing.
pub(super) type Resolved = Vec<IpAddr>;

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Resolved, LookupProblem>> + Send + 'a>>;

/// The look-ups of one name.
pub(crate) struct Lookups<'a> {
    resolver: &'a Resolver,
    name: &'a str,
    family: IpFamily,
    /// What is known without asking.
    known: Option<Resolved>,
    v4: Option<Pending<'a>>,
    v6: Option<Pending<'a>>,
    /// Whether AAAA has been asked for: that begins when it is first waited for.
    v6_asked: bool,
    first_round: bool,
    found: bool,
    problem: Option<LookupProblem>,
    finished: bool,
}

impl Resolver {
    /// The look-ups of a host's name. They begin when they are waited for.
    pub(crate) fn lookups<'a>(&'a self, name: &'a str, family: IpFamily) -> Lookups<'a> {
        let mut lookups = Lookups {
            resolver: self,
            name,
            family,
            known: self.known(name, family),
            v4: None,
            v6: None,
            v6_asked: false,
            first_round: true,
            found: false,
            problem: None,
            finished: false,
        };
        if lookups.known.is_none() {
            lookups.begin();
        }
        lookups
    }

    /// The addresses of a name that need no look-up.
    fn known(&self, name: &str, family: IpFamily) -> Option<Resolved> {
        let wanted = |ip: &IpAddr| match family {
            IpFamily::Any => true,
            IpFamily::V4 => ip.is_ipv4(),
            IpFamily::V6 => ip.is_ipv6(),
        };
        let of_file: Resolved = self
            .hosts
            .addresses(name)
            .iter()
            .copied()
            .filter(wanted)
            .collect();
        if !of_file.is_empty() {
            return Some(of_file);
        }
        if is_localhost(name) {
            let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            return Some(loopback.into_iter().filter(wanted).collect());
        }
        None
    }

    async fn ask(&self, name: Name, record_type: RecordType) -> Result<Resolved, LookupProblem> {
        let found = self.addresses.lookup(name, record_type).await;
        let found = found.map_err(|error| LookupProblem::of(&error))?;
        let answers = found.answers().iter();
        let addresses: Resolved = answers
            .filter(|answer| answer.record_type() == record_type)
            .filter_map(|answer| answer.data.ip_addr())
            .collect();
        if addresses.is_empty() {
            return Err(LookupProblem::NoRecords);
        }
        // As it was found: a name without a dot is another one in full.
        self.health.remember(|| found.query().name().to_ascii());
        Ok(addresses)
    }
}

impl Lookups<'_> {
    /// What the next look-up has found. `None` when all have ended.
    pub(crate) async fn next(&mut self) -> Option<Resolved> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Whether [`Lookups::next`] has more to say.
    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether the answer for IPv4, which is preferred, is still to come.
    pub(crate) fn waits_for_v4(&self) -> bool {
        self.v4.is_some()
    }

    /// Whether nothing is on its way, and IPv6 has not been asked for yet: the addresses for IPv4 came from the cache.
    /// Most hosts are reached by them, and need no second query.
    pub(crate) fn holds_v6(&self) -> bool {
        self.v4.is_none() && self.found && self.v6.is_some() && !self.v6_asked
    }

    /// Does not wait for more.
    pub(crate) fn abandon(&mut self) {
        (self.v4, self.v6, self.finished) = (None, None, true);
    }

    /// What kept the name from being resolved.
    pub(crate) fn problem(self) -> LookupProblem {
        self.problem.unwrap_or(LookupProblem::NoRecords)
    }

    /// What is looked for, in words.
    pub(crate) fn wanted(&self) -> &'static str {
        match self.family {
            IpFamily::Any => "address",
            IpFamily::V4 => "IPv4 address",
            IpFamily::V6 => "IPv6 address",
        }
    }

    fn begin(&mut self) {
        // A name with a dot is absolute: Kubernetes would have it queried in each search domain first. Only a single
        // label is looked for there.
        let name = match wire_name(self.name, self.name.contains('.')) {
            Ok(name) => name,
            Err(_) => {
                self.problem = Some(LookupProblem::Failed("the name is too long".to_owned()));
                return;
            }
        };
        let resolver = self.resolver;
        if self.family != IpFamily::V6 {
            self.v4 = Some(Box::pin(resolver.ask(name.clone(), RecordType::A)));
        }
        if self.family != IpFamily::V4 {
            self.v6 = Some(Box::pin(resolver.ask(name, RecordType::AAAA)));
            self.v6_asked = false;
        }
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Resolved>> {
        if let Some(known) = self.known.take() {
            self.found = true;
            return Poll::Ready(Some(known));
        }
        loop {
            if let Some(result) = poll_pending(&mut self.v4, context) {
                return Poll::Ready(Some(self.note(result)));
            }
            self.v6_asked |= self.v6.is_some();
            if let Some(result) = poll_pending(&mut self.v6, context) {
                return Poll::Ready(Some(self.note(result)));
            }
            if self.v4.is_some() || self.v6.is_some() {
                return Poll::Pending;
            }
            if !self.begins_again() {
                self.finished = true;
                return Poll::Ready(None);
            }
        }
    }

    fn note(&mut self, result: Result<Resolved, LookupProblem>) -> Resolved {
        match result {
            Ok(addresses) => {
                self.found = true;
                addresses
            }
            Err(problem) => {
                self.problem = self.problem.take().max(Some(problem));
                Vec::new()
            }
        }
    }

    /// Asks once more when there is no address at all, which the cache may have said.
    fn begins_again(&mut self) -> bool {
        let is_negative = self.problem.as_ref().is_some_and(LookupProblem::is_negative);
        if !self.first_round || self.found || !is_negative {
            return false;
        }
        self.first_round = false;
        self.problem = None;
        if let Ok(name) = wire_name(self.name, self.name.contains('.')) {
            for record_type in [RecordType::A, RecordType::AAAA] {
                let cache = &self.resolver.addresses;
                cache.clear_lookup_cache(name.clone(), record_type);
            }
        }
        self.begin();
        true
    }
}

fn poll_pending(
    pending: &mut Option<Pending<'_>>,
    context: &mut Context<'_>,
) -> Option<Result<Resolved, LookupProblem>> {
    match pending.as_mut()?.as_mut().poll(context) {
        Poll::Ready(result) => {
            *pending = None;
            Some(result)
        }
        Poll::Pending => None,
    }
}

/// RFC 6761: such names never leave the machine.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_known() {
        for name in ["localhost", "localhost.", "a.localhost"] {
            assert!(is_localhost(name), "{name}");
        }
        assert!(!is_localhost("localhost.example.org"));
    }
}
