//! The other status page whose state a component shows.

use api::ExternalStatusInput;
use domain::monitor::FieldError;
use url::Url;

use super::super::errors::Errors;
use super::super::text;
use super::components::{Component, Group};

const MAX_URL_CHARS: usize = 500;
const MAX_COMPONENT_CHARS: usize = 200;

/// Components of an organisation that may show another status page.
pub(crate) const MAX_EXTERNAL: usize = 50;

/// What people copy who have found what is read.
const SUMMARY: &str = "/api/v2/summary.json";

/// Another status page, or a component of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct External {
    /// Its address, without a slash at the end.
    pub(crate) url: String,
    /// The name or the id of a component.
    pub(crate) component: Option<String>,
}

impl External {
    /// Where that page says how it is doing.
    pub(crate) fn summary_of(url: &str) -> String {
        format!("{url}{SUMMARY}")
    }
}

/// What is given, whose address may be of any scheme that can be asked.
pub(super) fn valid(field: &str, given: ExternalStatusInput, errors: &mut Errors) -> Option<External> {
    let field = format!("{field}.external");
    let component = given.component.filter(|name| !name.trim().is_empty());
    let component = match component {
        None => Some(None),
        Some(name) => errors
            .keep(text::line(
                &format!("{field}.component"),
                &name,
                MAX_COMPONENT_CHARS,
            ))
            .map(Some),
    };
    let url = address(given.url.as_deref().unwrap_or_default().trim());
    let url = errors.keep(url.map_err(|wrong| FieldError::new(format!("{field}.url"), wrong)));
    Some(External {
        url: url?,
        component: component?,
    })
}

fn address(given: &str) -> Result<String, String> {
    if given.is_empty() {
        return Err("is required".to_owned());
    }
    if given.chars().count() > MAX_URL_CHARS {
        return Err(format!("must have at most {MAX_URL_CHARS} characters"));
    }
    let is_valid = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.username().is_empty()
            && url.password().is_none()
    };
    let Some(mut url) = Url::parse(given).ok().filter(is_valid) else {
        return Err("must be the https: address of a status page".to_owned());
    };
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must be an address without a query or a fragment".to_owned());
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix(SUMMARY).unwrap_or(path);
    let path = path.trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// What is wrong with where components lead, of a page that has the addresses `own`: what shows itself would keep its
/// worst state for ever, and without `allow_http` an address has to be `https:`.
pub(crate) fn refused(groups: &[Group], own: &[String], allow_http: bool) -> Vec<FieldError> {
    let wrong = |external: &External| {
        if !allow_http && !external.url.starts_with("https:") {
            return Some("must be the https: address of a status page");
        }
        own.contains(&external.url)
            .then_some("is this page's own address")
    };
    let found = each(groups).filter_map(|(field, external)| Some((field, wrong(external)?)));
    found
        .map(|(field, wrong)| FieldError::new(format!("{field}.url"), wrong))
        .collect()
}

/// Refuses what is more than the organisation may have, where its other pages have `others`.
pub(crate) fn require_room(groups: &[Group], others: usize) -> Result<(), FieldError> {
    let room = MAX_EXTERNAL.saturating_sub(others);
    match each(groups).nth(room) {
        None => Ok(()),
        Some((field, _)) => Err(FieldError::new(
            field,
            format!(
                "is one too many: at most {MAX_EXTERNAL} components of an organisation show other status pages"
            ),
        )),
    }
}

/// All that is shown, with the names of the fields.
fn each(groups: &[Group]) -> impl Iterator<Item = (String, &External)> {
    let components = groups.iter().enumerate().flat_map(|(g, group)| {
        let components = group.components.iter().enumerate();
        components.map(move |(c, component)| (g, c, component))
    });
    components.filter_map(|(g, c, component): (usize, usize, &Component)| {
        let external = component.external.as_ref()?;
        Some((format!("groups.{g}.components.{c}.external"), external))
    })
}
