//! What is answered of the definitions that something has had, and how one of them comes back: the same for whatever is
//! [`Kept`]. The operations are beside those of the resources.

use api::{DefinitionVersion, Page, PageQuery, VersionParts};
use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;
use serde::Serialize;
use shared::http::problem::Problem;

use super::page;
use crate::rules::version_differences::{self as rules, Forms};
use crate::store::Scope;
use crate::store::definition_versions::{self as store, Kept, Version};

/// What is said of a version that cannot be read.
const UNREADABLE: &str = "the definition of this version cannot be read";

/// A row of which versions are kept, as what would be sent to save it.
pub(super) trait Written: Kept {
    /// What would be sent.
    type Input: Serialize;

    /// All of its fields, so that none of what is replaced stays; of one that cannot be read, what is known of it.
    fn input(&self) -> Self::Input;

    /// Whether all of it can be read.
    fn is_readable(&self) -> bool;
}

/// What the audit log keeps of a change: where it brings back an earlier definition, also which.
#[derive(Debug, Serialize)]
pub(super) struct Change<'a, T> {
    #[serde(flatten)]
    of: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_version: Option<i32>,
}

impl<'a, T> Change<'a, T> {
    /// What was, and what is.
    pub(super) fn of(before: &'a T, after: &'a T, restored: Option<i32>) -> [Self; 2] {
        [(before, None), (after, restored)].map(|(of, restored_version)| Self { of, restored_version })
    }
}

/// The versions of a row that is there and seen.
pub(super) async fn list<D: Written>(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    query: &PageQuery,
) -> Result<Page<DefinitionVersion>, Problem> {
    let limit = page::limit(query.limit)?;
    let before: Option<i32> = page::position(query.cursor.as_deref())?;
    let found = store::page::<D>(client, scope, id, before, limit).await?;
    let seen: Vec<Seen<D>> = found.into_iter().map(Seen::from).collect();
    let items = seen.iter().take(limit).enumerate();
    let items = items.map(|(at, version)| version.view(seen.get(at + 1)));
    Ok(page::of(
        items.collect(),
        seen.len() > limit,
        |item: &DefinitionVersion| item.version,
    ))
}

/// A version of a row that is there and seen, compared with the one before or with another one.
///
/// # Errors
/// 404 when one of them is not kept.
pub(super) async fn get<D: Written>(
    client: &impl GenericClient,
    scope: Scope,
    (id, number): (i64, i32),
    against: Option<i32>,
) -> Result<VersionParts<D::Input>, Problem> {
    let wanted = [number, against.unwrap_or(number)];
    let found = store::some::<D>(client, scope, id, &wanted).await?;
    let before = store::page::<D>(client, scope, id, Some(number), 1).await?;
    let before = before.into_iter().next().map(Seen::from);
    let seen: Vec<Seen<D>> = found.into_iter().map(Seen::from).collect();
    let one = |number: i32| seen.iter().find(|seen| seen.version.number == number);
    let required = |number: i32| one(number).ok_or_else(|| Problem::not_found("version"));
    let this = required(number)?;
    let other = match against {
        Some(number) => Some(required(number)?),
        None => before.as_ref(),
    };
    let differences = other.map(|other| rules::differences(&other.forms, &this.forms));
    let is_readable = this.version.definition.is_readable();
    Ok(VersionParts {
        of: this.view(before.as_ref()),
        definition: this.version.definition.input(),
        definition_error: (!is_readable).then(|| UNREADABLE.to_owned()),
        differences: differences.unwrap_or_default(),
    })
}

/// A row as it was in an earlier version, which is to hold again.
///
/// # Errors
/// 404 when it is not kept, 422 (`version`) when it cannot be read.
pub(super) async fn earlier<D: Written>(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    number: i32,
) -> Result<D, Problem> {
    let kept = store::find::<D>(client, scope, id, number).await?;
    match kept.definition.is_readable() {
        true => Ok(kept.definition),
        false => Err(Problem::invalid(vec![FieldError::new("version", UNREADABLE)])),
    }
}

/// A version, with what it is compared by: what is shown of it, for nothing of it is secret.
struct Seen<D> {
    version: Version<D>,
    forms: Forms,
}

impl<D: Written> From<Version<D>> for Seen<D> {
    fn from(version: Version<D>) -> Self {
        Self {
            forms: Forms::open(&version.definition.input()),
            version,
        }
    }
}

impl<D> Seen<D> {
    fn view(&self, before: Option<&Self>) -> DefinitionVersion {
        let Version {
            number,
            from,
            until,
            author,
            restored,
            definition: _,
        } = &self.version;
        let changes = before.map(|before| rules::changed_fields(&before.forms, &self.forms));
        DefinitionVersion {
            version: *number,
            from: *from,
            until: *until,
            author: author.clone(),
            changes: changes.unwrap_or_default(),
            restored: *restored,
        }
    }
}
