//! What a user sends to make or change a status page, and the rules that it has to satisfy. Pure.

mod access;
mod components;
mod external;
mod host;
#[cfg(test)]
mod tests;

use api::StatusPageInput;
use chrono_tz::Tz;
use domain::EmailAddress;
use domain::monitor::FieldError;
use domain::status_page::{Locale, Theme};
use url::Url;

pub(crate) use self::access::{Access, has_domain};
pub(crate) use self::components::{Component, Group, MAX_COMPONENTS};
pub(crate) use self::external::{External, refused as refused_external, require_room};
pub(crate) use self::host::OwnHosts;
use super::errors::Errors;
use super::text;

/// The shortest and the longest slug.
const SLUG_CHARS: std::ops::RangeInclusive<usize> = 3..=40;

const MAX_TITLE_CHARS: usize = 100;
const MAX_DESCRIPTION_CHARS: usize = 2_000;
const MAX_CONTACT_CHARS: usize = 500;
const MAX_HISTORY_DAYS: u16 = 90;

/// The longest time before an outage is reported automatically: a day, in minutes.
const MAX_REPORT_AFTER: u16 = 1_440;

/// The colour of a page that says nothing of it.
const ACCENT_COLOUR: &str = "#1f6feb";

/// Names that stand, or may stand one day, for something else where pages are.
const RESERVED: [&str; 35] = [
    "access",
    "admin",
    "api",
    "app",
    "assets",
    "auth",
    "badge",
    "badges",
    "calendar",
    "embed",
    "enter",
    "favicon",
    "favicon-ico",
    "feed",
    "feeds",
    "health",
    "help",
    "history",
    "index",
    "internal",
    "leave",
    "login",
    "logo",
    "logout",
    "metrics",
    "new",
    "pages",
    "preview",
    "report",
    "reports",
    "robots-txt",
    "static",
    "subscribe",
    "well-known",
    "www",
];

/// The name of a page of whose title no letter or digit is left.
const NAMELESS: &str = "status";

/// What a status page is, but for who may see it, its host name, its logo and its components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) contact_url: Option<String>,
    pub(crate) published: bool,
    pub(crate) accent_colour: String,
    pub(crate) theme: Theme,
    pub(crate) locale: Locale,
    pub(crate) time_zone: Tz,
    pub(crate) allow_index: bool,
    pub(crate) history_days: u16,
    pub(crate) show_maintenance: bool,
    /// For how many minutes an outage lasts before it is reported automatically; nothing for never.
    pub(crate) report_after_minutes: Option<u16>,
}

/// A status page as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) settings: Settings,
    pub(crate) access: Access,
    /// The host name of its own.
    pub(crate) host: Option<String>,
    pub(crate) groups: Vec<Group>,
}

/// What is asked for, beside what a page shows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) page: Page,
    /// Whether the slug was made of the title: then another one does as well.
    pub(crate) is_slug_made: bool,
    /// Another password.
    pub(crate) password: Option<String>,
    /// Another logo as a `data:` address, or none; nothing where it stays.
    pub(crate) logo: Option<Option<String>>,
}

/// The page that the fields make of `old`, or of nothing.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn apply(
    input: StatusPageInput,
    old: Option<&Page>,
    own: &OwnHosts,
) -> Result<Applied, Vec<FieldError>> {
    let mut errors = Errors::default();
    let before = old.map(|old| &old.settings);
    let title = match (&input.title, before) {
        (None, Some(before)) => Some(before.title.clone()),
        (title, _) => errors.keep(text::line(
            "title",
            title.as_deref().unwrap_or_default(),
            MAX_TITLE_CHARS,
        )),
    };
    let (slug, is_slug_made) = match (&input.slug, before, &title) {
        (Some(slug), ..) => (errors.keep(valid_slug(slug)), false),
        (None, Some(before), _) => (Some(before.slug.clone()), false),
        (None, None, title) => (title.as_deref().map(slug_of), true),
    };
    let description = match input.description {
        None => Some(before.and_then(|before| before.description.clone())),
        Some(given) => errors.keep(text::lines(
            "description",
            given.as_deref().unwrap_or_default(),
            MAX_DESCRIPTION_CHARS,
        )),
    };
    let contact_url = match input.contact_url {
        None => Some(before.and_then(|before| before.contact_url.clone())),
        Some(None) => Some(None),
        Some(Some(given)) => errors.keep(contact(&given)).map(Some),
    };
    let accent_colour = match input.accent_colour {
        None => Some(before.map_or_else(|| ACCENT_COLOUR.to_owned(), |old| old.accent_colour.clone())),
        Some(given) => errors.keep(colour(&given)),
    };
    let theme = named(&mut errors, "theme", input.theme, &Theme::ALL, Theme::as_str);
    let locale = named(&mut errors, "locale", input.locale, &Locale::ALL, Locale::as_str);
    let time_zone = errors.parsed(
        "time_zone",
        input.time_zone.as_deref(),
        Some(before.map_or(Tz::UTC, |before| before.time_zone)),
        "must be a time zone, as in Europe/Berlin",
    );
    let history_days = match input.history_days {
        None => Some(before.map_or(MAX_HISTORY_DAYS, |before| before.history_days)),
        Some(days) if (1..=MAX_HISTORY_DAYS).contains(&days) => Some(days),
        Some(_) => errors.add("history_days", "must be 1 to 90"),
    };
    let report_after_minutes = match input.report_automatically_after_minutes {
        None => Some(before.and_then(|before| before.report_after_minutes)),
        Some(Some(minutes)) if minutes > MAX_REPORT_AFTER => {
            errors.add("report_automatically_after_minutes", "must be 0 to 1440, or null")
        }
        given => given,
    };
    let (access, password) = access::apply(input.access, old.map(|old| &old.access), &mut errors);
    let is_public = access.as_ref().is_none_or(Access::is_public);
    let allow_index = match input.allow_index {
        Some(true) if !is_public => errors.add("allow_index", "is for a page that anybody may see"),
        Some(given) => Some(given),
        // A page that is public no more is not listed either.
        None => Some(is_public && before.is_some_and(|before| before.allow_index)),
    };
    let host = match input.custom_domain {
        None => Some(old.and_then(|old| old.host.clone())),
        Some(None) => Some(None),
        Some(Some(given)) => errors.keep(own.valid(&given)).map(Some),
    };
    let groups = match input.groups {
        None => Some(old.map_or_else(Vec::new, |old| old.groups.clone())),
        Some(given) => components::valid(given, old.map_or(&[], |old| &old.groups), &mut errors),
    };
    let settings = || {
        Some(Settings {
            slug: slug?,
            title: title?,
            description: description?,
            contact_url: contact_url?,
            published: input
                .published
                .unwrap_or(before.is_none_or(|before| before.published)),
            accent_colour: accent_colour?,
            theme: theme?.or(before.map(|before| before.theme)).unwrap_or_default(),
            locale: locale?.or(before.map(|before| before.locale)).unwrap_or_default(),
            time_zone: time_zone?,
            allow_index: allow_index?,
            history_days: history_days?,
            show_maintenance: input
                .show_maintenance
                .unwrap_or(before.is_none_or(|before| before.show_maintenance)),
            report_after_minutes: report_after_minutes?,
        })
    };
    match (settings(), access, host, groups) {
        (Some(settings), Some(access), Some(host), Some(groups)) if errors.0.is_empty() => Ok(Applied {
            page: Page {
                settings,
                access,
                host,
                groups,
            },
            is_slug_made,
            password,
            logo: input.logo,
        }),
        _ => Err(errors.0),
    }
}

/// One of a few names, or nothing where none is given.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
fn named<T: Copy>(
    errors: &mut Errors,
    field: &str,
    given: Option<String>,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Option<Option<T>> {
    let Some(given) = given else { return Some(None) };
    match all.iter().find(|one| name(**one) == given) {
        Some(one) => Some(Some(*one)),
        None => {
            let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
            errors.add(field, &format!("must be one of {}", names.join(", ")))
        }
    }
}

fn valid_slug(given: &str) -> Result<String, FieldError> {
    let wrong = |message: &str| Err(FieldError::new("slug", message));
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !SLUG_CHARS.contains(&given.len())
        || !given.bytes().all(is_allowed)
        || given.starts_with('-')
        || given.ends_with('-')
    {
        return wrong(
            "must be 3 to 40 lower-case letters, digits and hyphens, and must not begin or end with a hyphen",
        );
    }
    if RESERVED.contains(&given) {
        return wrong("is reserved");
    }
    Ok(given.to_owned())
}

/// A slug that is made of a title: `Acme GmbH & Co.` becomes `acme-gmbh-co`.
fn slug_of(title: &str) -> String {
    let mut slug = domain::monitor::slug(title).replace('_', "-");
    slug.truncate(*SLUG_CHARS.end());
    let slug = slug.trim_matches('-');
    match slug.is_empty() {
        true => NAMELESS.to_owned(),
        false if valid_slug(slug).is_ok() => slug.to_owned(),
        false => format!("{slug}-{NAMELESS}"),
    }
}

/// What else a page can be called whose slug was made of its title, where that is taken.
pub(crate) fn other_slug(made: &str, suffix: &str) -> String {
    let room = SLUG_CHARS.end() - 1 - suffix.len();
    let short = &made[..made.len().min(room)];
    format!("{}-{suffix}", short.trim_end_matches('-'))
}

fn contact(given: &str) -> Result<String, FieldError> {
    let wrong = |message: &str| Err(FieldError::new("contact_url", message));
    let given = given.trim();
    if given.chars().count() > MAX_CONTACT_CHARS {
        return wrong("must have at most 500 characters");
    }
    let is_valid = |url: &Url| match url.scheme() {
        "https" => url.has_host() && url.username().is_empty() && url.password().is_none(),
        "mailto" => EmailAddress::parse(url.path()).is_ok(),
        _ => false,
    };
    match Url::parse(given) {
        Ok(url) if is_valid(&url) => Ok(url.to_string()),
        _ => wrong("must be an https: or mailto: address"),
    }
}

fn colour(given: &str) -> Result<String, FieldError> {
    let given = given.trim().to_ascii_lowercase();
    let digits = given.strip_prefix('#').unwrap_or_default();
    match digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(given),
        false => Err(FieldError::new(
            "accent_colour",
            "must be a colour, as in #1f6feb",
        )),
    }
}
