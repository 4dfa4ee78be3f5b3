//! Who may sign in with a provider, beside what the provider itself says.

use domain::EmailAddress;

/// Of which domains or groups one has to be. Nothing means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Admission {
    domains: Vec<String>,
    groups: Vec<String>,
}

/// What a provider says of somebody that matters here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Belonging<'a> {
    /// The domain of the organisation, as Google names it.
    pub(crate) hosted_domain: Option<&'a str>,
    /// Whether the provider names the domain of an organisation, so that an address proves none.
    pub(crate) names_domains: bool,
    /// An address that is verified.
    pub(crate) email: Option<&'a str>,
    pub(crate) groups: &'a [String],
}

impl Admission {
    pub(crate) fn new(domains: Vec<String>, groups: Vec<String>) -> Self {
        let domains = domains.iter().map(|domain| domain.to_lowercase()).collect();
        Self { domains, groups }
    }

    /// Whether somebody may sign in.
    pub(crate) fn admits(&self, person: &Belonging<'_>) -> bool {
        self.admits_domain(person)
            && (self.groups.is_empty() || self.groups.iter().any(|one| person.groups.contains(one)))
    }

    fn admits_domain(&self, person: &Belonging<'_>) -> bool {
        if self.domains.is_empty() {
            return true;
        }
        let of_address = || {
            let email = person.email.filter(|_| !person.names_domains)?;
            let normal = EmailAddress::parse(email).ok()?.normal();
            normal.rsplit_once('@').map(|(_, domain)| domain.to_owned())
        };
        let domain = person.hosted_domain.map(str::to_lowercase).or_else(of_address);
        domain.is_some_and(|domain| self.domains.contains(&domain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_groups_are_both_required() {
        let ours = Admission::new(
            vec!["Example.org".to_owned()],
            vec!["ops".to_owned(), "dev".to_owned()],
        );
        let groups = ["dev".to_owned()];
        let person = Belonging {
            email: Some("ada@EXAMPLE.org"),
            groups: &groups,
            ..Belonging::default()
        };
        assert!(ours.admits(&person));
        assert!(!ours.admits(&Belonging {
            groups: &[],
            ..person.clone()
        }));
        assert!(!ours.admits(&Belonging {
            email: Some("ada@example.org.evil.example"),
            ..person.clone()
        }));
        assert!(!ours.admits(&Belonging {
            email: None,
            ..person.clone()
        }));
        assert!(Admission::default().admits(&Belonging::default()));
    }

    #[test]
    fn at_google_an_address_is_no_membership() {
        let ours = Admission::new(vec!["example.org".to_owned()], Vec::new());
        let person = Belonging {
            names_domains: true,
            email: Some("ada@example.org"),
            ..Belonging::default()
        };
        assert!(
            !ours.admits(&person),
            "anybody can have a Google account with that address"
        );
        assert!(ours.admits(&Belonging {
            hosted_domain: Some("example.org"),
            ..person.clone()
        }));
        assert!(!ours.admits(&Belonging {
            hosted_domain: Some("other.org"),
            ..person
        }));
    }
}
