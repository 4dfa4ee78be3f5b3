//! Who may see a status page.

use api::{AccessKind, StatusPageAccessInput};
use domain::EmailAddress;
use domain::monitor::FieldError;
use ipnet::IpNet;

use super::super::errors::Errors;
use super::super::networks;
use super::host;

const MAX_EMAIL_DOMAINS: usize = 20;
const MAX_NETWORKS: usize = 100;
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=128;

/// Who may see a status page. Whoever knows the password does: of it only its hash is kept, beside this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) kind: AccessKind,
    pub(crate) email_domains: Vec<String>,
    pub(crate) networks: Vec<IpNet>,
}

impl Access {
    /// All kinds, each with its name in JSON and in the database.
    pub(crate) const KINDS: [(AccessKind, &str); 5] = [
        (AccessKind::Public, "public"),
        (AccessKind::Password, "password"),
        (AccessKind::EmailDomain, "email_domain"),
        (AccessKind::Addresses, "addresses"),
        (AccessKind::Members, "members"),
    ];

    /// Whether anybody may see it.
    pub(crate) fn is_public(&self) -> bool {
        self.kind == AccessKind::Public
    }

    /// The name of the kind in the database.
    pub(crate) fn kind_name(&self) -> &'static str {
        let found = Self::KINDS.iter().find(|(kind, _)| *kind == self.kind);
        found.map_or("members", |(_, name)| name)
    }
}

/// Whether an address is of one of the domains whose mailboxes get a link.
pub(crate) fn has_domain(address: &EmailAddress, domains: &[String]) -> bool {
    let normal = address.normal();
    let domain = normal.rsplit_once('@').map(|(_, domain)| domain);
    domain.is_some_and(|domain| domains.iter().any(|one| one == domain))
}

/// Who may see the page from now on, and another password; nothing when something is wrong.
pub(super) fn apply(
    input: Option<StatusPageAccessInput>,
    old: Option<&Access>,
    errors: &mut Errors,
) -> (Option<Access>, Option<String>) {
    let Some(input) = input else {
        return (Some(old.cloned().unwrap_or_default()), None);
    };
    let Some(kind) = kind(input.kind.as_deref(), errors) else {
        return (None, None);
    };
    let is = |wanted| kind == wanted;
    let not_of_it = |given: bool, wanted| given && !is(wanted);
    errors.refuse(
        "access.password",
        not_of_it(input.password.is_some(), AccessKind::Password),
        "page with a password",
    );
    errors.refuse(
        "access.email_domains",
        not_of_it(is_given(input.email_domains.as_deref()), AccessKind::EmailDomain),
        "page for the mailboxes of some domains",
    );
    errors.refuse(
        "access.networks",
        not_of_it(is_given(input.networks.as_deref()), AccessKind::Addresses),
        "page for some networks",
    );
    let mut access = Access {
        kind,
        ..Access::default()
    };
    let mut password = None;
    match kind {
        AccessKind::Public | AccessKind::Members => {}
        AccessKind::Password => {
            let has_one = old.is_some_and(|old| old.kind == AccessKind::Password);
            match input.password {
                None if has_one => {}
                given => password = errors.keep(valid_password(given.as_deref().unwrap_or_default())),
            }
        }
        AccessKind::EmailDomain => {
            let given = input.email_domains.unwrap_or_default();
            access.email_domains = errors.keep(domains(&given)).unwrap_or_default();
        }
        AccessKind::Addresses => {
            const FIELD: &str = "access.networks";
            let given = input.networks.unwrap_or_default();
            let read = networks::valid(FIELD, &given, MAX_NETWORKS);
            access.networks = errors.keep(read).unwrap_or_default();
            if given.is_empty() {
                errors.add::<()>(FIELD, "is required");
            }
        }
    }
    (Some(access), password)
}

fn is_given(list: Option<&[String]>) -> bool {
    list.is_some_and(|list| !list.is_empty())
}

fn kind(given: Option<&str>, errors: &mut Errors) -> Option<AccessKind> {
    const FIELD: &str = "access.kind";
    let Some(given) = given else {
        return errors.add(FIELD, "is required");
    };
    let found = Access::KINDS.iter().find(|(_, name)| *name == given);
    match found {
        Some((kind, _)) => Some(*kind),
        None => errors.add(
            FIELD,
            &format!(
                "must be one of {}",
                Access::KINDS.map(|(_, name)| name).join(", ")
            ),
        ),
    }
}

fn valid_password(given: &str) -> Result<String, FieldError> {
    let wrong = |message: &str| Err(FieldError::new("access.password", message));
    match given.chars().count() {
        0 => wrong("is required"),
        chars if !PASSWORD_CHARS.contains(&chars) => wrong("must have 8 to 128 characters"),
        _ => Ok(given.to_owned()),
    }
}

/// Each domain once.
fn domains(given: &[String]) -> Result<Vec<String>, FieldError> {
    const FIELD: &str = "access.email_domains";
    if given.is_empty() {
        return Err(FieldError::new(FIELD, "is required"));
    }
    if given.len() > MAX_EMAIL_DOMAINS {
        let message = format!("must be at most {MAX_EMAIL_DOMAINS} domains");
        return Err(FieldError::new(FIELD, message));
    }
    let mut domains = Vec::with_capacity(given.len());
    for (n, text) in given.iter().enumerate() {
        let field = format!("{FIELD}.{n}");
        let domain = host::domain(&field, text.trim().trim_start_matches('@'))?;
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    Ok(domains)
}
