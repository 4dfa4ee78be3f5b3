//! Rows of `status_pages`. Their components are [`super::components`].

use std::collections::HashMap;

use api::LimitKey;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::status_page::{Locale, Theme};
use domain::{ComponentId, OrgId, StatusPageId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::Scope;
use super::components::{self, ShownMonitor};
use super::error::StoreError;
use super::external_pages::ExternalPage;
use super::limits;
use super::status_page_columns::Columns;
use crate::rules::plan::Plans;
use crate::rules::status_page::{Access, Page, Settings, other_slug};

/// The columns that [`PageRow::read`] reads, of a table called `p`.
const COLUMNS: &str = "p.id, p.org_id, p.slug, p.title, p.description, p.contact_url, p.published, p.accent_colour, p.theme,
     p.locale, p.time_zone, p.allow_index, p.history_days, p.show_maintenance, p.report_automatically_after_minutes,
     p.access_kind, p.password_hash, p.email_domains, p.networks::text[], p.guard_version, p.host, p.host_token, p.host_proven_at, p.host_checked_at,
     p.host_problem, p.version, p.created_at, p.updated_at,
     (SELECT l.hash FROM status_page_logos l WHERE l.page_id = p.id) AS logo";

/// A row of `status_pages` with its components.
#[derive(Clone, Debug)]
pub(crate) struct PageRow {
    pub(crate) id: StatusPageId,
    pub(crate) org_id: OrgId,
    pub(crate) page: Page,
    /// Of a page with a password.
    pub(crate) password_hash: Option<String>,
    pub(crate) guard_version: i32,
    /// Whether the host name is proven, of a page that has one.
    pub(crate) proof: Option<Proof>,
    /// The hash of its logo.
    pub(crate) logo: Option<String>,
    /// The monitors of its components.
    pub(crate) monitors: HashMap<i64, ShownMonitor>,
    /// The other status pages that they show, by address.
    pub(crate) externals: HashMap<String, ExternalPage>,
    /// Since when it shows its components.
    pub(crate) added: HashMap<ComponentId, Timestamp>,
    pub(crate) version: i32,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// Whether the host name of a page is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// What the TXT record has to say.
    pub(crate) token: String,
    pub(crate) proven_at: Option<Timestamp>,
    pub(crate) checked_at: Option<Timestamp>,
    pub(crate) problem: Option<String>,
}

/// Another logo.
#[derive(Clone, Debug)]
pub(crate) struct Logo {
    pub(crate) hash: String,
    pub(crate) png: Vec<u8>,
}

/// What a page becomes.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    pub(crate) page: &'a Page,
    /// Of a page with a password.
    pub(crate) password_hash: Option<&'a str>,
    /// What proves the host name, of a page that has one.
    pub(crate) token: Option<&'a str>,
    /// None removes it; nothing where it stays.
    pub(crate) logo: Option<Option<&'a Logo>>,
}

impl PageRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |name: &str| -> Result<Option<Timestamp>, tokio_postgres::Error> {
            Ok(row
                .try_get::<_, Option<DateTime<Utc>>>(name)?
                .map(Timestamp::from))
        };
        let token: Option<String> = row.try_get("host_token")?;
        let proof = token.map(|token| {
            Ok::<_, StoreError>(Proof {
                token,
                proven_at: at("host_proven_at")?,
                checked_at: at("host_checked_at")?,
                problem: row.try_get("host_problem")?,
            })
        });
        Ok(Self {
            id: StatusPageId(row.try_get("id")?),
            org_id: OrgId(row.try_get("org_id")?),
            page: Page {
                settings: settings(row)?,
                access: access(row)?,
                host: row.try_get("host")?,
                groups: Vec::new(),
            },
            password_hash: row.try_get("password_hash")?,
            guard_version: row.try_get("guard_version")?,
            proof: proof.transpose()?,
            logo: row.try_get("logo")?,
            monitors: HashMap::new(),
            externals: HashMap::new(),
            added: HashMap::new(),
            version: row.try_get("version")?,
            created_at: at("created_at")?.unwrap_or_default(),
            updated_at: at("updated_at")?.unwrap_or_default(),
        })
    }

    /// The host name, where it is proven.
    pub(crate) fn proven_host(&self) -> Option<&str> {
        self.proof.as_ref()?.proven_at?;
        self.page.host.as_deref()
    }
}

fn settings(row: &Row) -> Result<Settings, StoreError> {
    let (theme, locale, zone): (&str, &str, &str) = (
        row.try_get("theme")?,
        row.try_get("locale")?,
        row.try_get("time_zone")?,
    );
    let unreadable = || StoreError::Unreadable("a status page that is stored cannot be read".to_owned());
    Ok(Settings {
        slug: row.try_get("slug")?,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        contact_url: row.try_get("contact_url")?,
        published: row.try_get("published")?,
        accent_colour: row.try_get("accent_colour")?,
        theme: *Theme::ALL
            .iter()
            .find(|one| one.as_str() == theme)
            .ok_or_else(unreadable)?,
        locale: *Locale::ALL
            .iter()
            .find(|one| one.as_str() == locale)
            .ok_or_else(unreadable)?,
        time_zone: zone.parse().map_err(|_| unreadable())?,
        allow_index: row.try_get("allow_index")?,
        history_days: row.try_get::<_, i16>("history_days")?.unsigned_abs(),
        show_maintenance: row.try_get("show_maintenance")?,
        report_after_minutes: row
            .try_get::<_, Option<i32>>("report_automatically_after_minutes")?
            .and_then(|minutes| minutes.try_into().ok()),
    })
}

fn access(row: &Row) -> Result<Access, StoreError> {
    let kind: &str = row.try_get("access_kind")?;
    let networks: Vec<&str> = row.try_get("networks")?;
    let unreadable = || StoreError::Unreadable("who may see a status page cannot be read".to_owned());
    let (kind, _) = Access::KINDS
        .iter()
        .find(|(_, name)| *name == kind)
        .ok_or_else(unreadable)?;
    Ok(Access {
        kind: *kind,
        email_domains: row.try_get("email_domains")?,
        networks: networks
            .iter()
            .map(|network| network.parse().map_err(|_| unreadable()))
            .collect::<Result<_, _>>()?,
    })
}

/// The pages of an organisation after one, by id.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: StatusPageId,
    limit: i64,
) -> Result<Vec<PageRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM status_pages p WHERE p.org_id = $1 AND p.id > $2 ORDER BY p.id LIMIT $3"
    );
    read_all(client, &sql, &[scope.org_id(), &after.0, &limit]).await
}

/// A page of an organisation.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(client: &impl GenericClient, scope: Scope, id: i64) -> Result<PageRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM status_pages p WHERE p.org_id = $1 AND p.id = $2");
    one(client, &sql, &[scope.org_id(), &id]).await
}

/// As [`find`], locked until the transaction ends.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<PageRow, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM status_pages p WHERE p.org_id = $1 AND p.id = $2 FOR UPDATE OF p");
    one(tx, &sql, &[scope.org_id(), &id]).await
}

/// A page of whatever organisation that is there for visitors: it is published, and its organisation is not suspended.
pub(crate) async fn visible(
    client: &impl GenericClient,
    id: StatusPageId,
) -> Result<Option<PageRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM status_pages p WHERE p.id = $1 AND {VISIBLE}");
    found(one(client, &sql, &[&id.0]).await)
}

/// The same, by its slug.
pub(crate) async fn visible_by_slug(
    client: &impl GenericClient,
    slug: &str,
) -> Result<Option<PageRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM status_pages p WHERE p.slug = $1 AND {VISIBLE}");
    found(one(client, &sql, &[&slug]).await)
}

/// The condition that a page `p` is there for visitors.
pub(crate) const VISIBLE: &str = "p.published AND NOT EXISTS (
    SELECT FROM organisation_deletions d WHERE d.org_id = p.org_id AND d.cancelled_at IS NULL)";

fn found(row: Result<PageRow, StoreError>) -> Result<Option<PageRow>, StoreError> {
    match row {
        Ok(row) => Ok(Some(row)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The slug of a page, whether it is there for visitors or not.
pub(crate) async fn slug(
    client: &impl GenericClient,
    id: StatusPageId,
) -> Result<Option<String>, StoreError> {
    let row = client
        .query_opt("SELECT slug FROM status_pages WHERE id = $1", &[&id.0])
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The image of a page's logo.
pub(crate) async fn logo(
    client: &impl GenericClient,
    id: StatusPageId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT png FROM status_page_logos WHERE page_id = $1";
    let row = client.query_opt(sql, &[&id.0]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

async fn one(
    client: &impl GenericClient,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<PageRow, StoreError> {
    let mut rows = read_all(client, sql, values).await?;
    rows.pop().ok_or(StoreError::NotFound("status page"))
}

async fn read_all(
    client: &impl GenericClient,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<PageRow>, StoreError> {
    let rows = client.query(sql, values).await?;
    let mut pages: Vec<PageRow> = rows.iter().map(PageRow::read).collect::<Result<_, _>>()?;
    let ids: Vec<StatusPageId> = pages.iter().map(|page| page.id).collect();
    let mut components = components::of_pages(client, &ids).await?;
    for page in &mut pages {
        let of = components.remove(&page.id).unwrap_or_default();
        (page.page.groups, page.monitors, page.externals) = (of.groups, of.monitors, of.externals);
        page.added = of.added;
    }
    Ok(pages)
}

/// Adds a page.
///
/// # Errors
/// 409 when the slug is taken, or the organisation has as many as it may have; 422 for a monitor that it has not.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    plans: &Plans,
    written: &Written<'_>,
) -> Result<PageRow, StoreError> {
    limits::require_room(tx, scope, plans, LimitKey::StatusPages, 1).await?;
    let named = components::named(tx, scope, None, &written.page.groups).await?;
    let sql = "INSERT INTO status_pages (org_id, slug, title, description, contact_url, published, accent_colour, theme,
                   locale, time_zone, allow_index, history_days, show_maintenance, access_kind, password_hash,
                   email_domains, networks, host, host_token, report_automatically_after_minutes)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                       $17::text[]::cidr[], $18, $19, $20) RETURNING id";
    let columns = Columns::of(written);
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![scope.org_id()];
    values.extend(columns.values());
    let row = tx.query_one(sql, &values).await.map_err(taken)?;
    let id: i64 = row.try_get(0)?;
    components::write(tx, id, &named).await?;
    write_logo(tx, id, written.logo).await?;
    find(tx, scope, id).await
}

/// Changes a page that is locked.
///
/// # Errors
/// As [`insert`], but for the number of pages.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    old: &PageRow,
    written: &Written<'_>,
) -> Result<PageRow, StoreError> {
    let page = written.page;
    let named = components::named(tx, scope, Some(old.id), &page.groups).await?;
    let is_guarded_anew =
        page.access != old.page.access || written.password_hash != old.password_hash.as_deref();
    let sql = "UPDATE status_pages SET slug = $3, title = $4, description = $5, contact_url = $6, published = $7,
                   accent_colour = $8, theme = $9, locale = $10, time_zone = $11, allow_index = $12, history_days = $13,
                   show_maintenance = $14, access_kind = $15, password_hash = $16, email_domains = $17,
                   networks = $18::text[]::cidr[], host = $19, host_token = $20, report_automatically_after_minutes = $21,
                   host_proven_at = CASE WHEN $22 THEN host_proven_at END,
                   host_checked_at = CASE WHEN $22 THEN host_checked_at END,
                   host_problem = CASE WHEN $22 THEN host_problem END,
                   host_failures = CASE WHEN $22 THEN host_failures ELSE 0 END,
                   host_due_at = CASE WHEN $22 THEN host_due_at END,
                   guard_version = guard_version + CASE WHEN $23 THEN 1 ELSE 0 END,
                   version = version + 1, updated_at = now()
               WHERE org_id = $1 AND id = $2";
    let (columns, keeps_host) = (Columns::of(written), page.host == old.page.host);
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![scope.org_id(), &old.id.0];
    values.extend(columns.values());
    values.extend([&keeps_host as &(dyn ToSql + Sync), &is_guarded_anew]);
    tx.execute(sql, &values).await.map_err(taken)?;
    components::write(tx, old.id.0, &named).await?;
    write_logo(tx, old.id.0, written.logo).await?;
    find(tx, scope, old.id.0).await
}

/// Removes a page with everything of it.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: StatusPageId) -> Result<(), StoreError> {
    let sql = "DELETE FROM status_pages WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id.0]).await?;
    Ok(())
}

/// A slug that nobody has, like one that was made of a title. Somebody else may take it before it is.
pub(crate) async fn free_slug(client: &impl GenericClient, made: &str) -> Result<String, StoreError> {
    let mut candidates = vec![made.to_owned()];
    candidates.extend((2..=9).map(|n| other_slug(made, &n.to_string())));
    let sql = "SELECT slug FROM status_pages WHERE slug = ANY($1)";
    let rows = client.query(sql, &[&candidates]).await?;
    let taken: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let free = candidates.into_iter().find(|slug| !taken.contains(slug));
    Ok(free.unwrap_or_else(|| {
        let number = u32::from_le_bytes(shared::crypto::random());
        other_slug(made, &format!("{number:08x}"))
    }))
}

async fn write_logo(tx: &Transaction<'_>, id: i64, logo: Option<Option<&Logo>>) -> Result<(), StoreError> {
    match logo {
        None => {}
        Some(None) => {
            tx.execute("DELETE FROM status_page_logos WHERE page_id = $1", &[&id])
                .await?;
        }
        Some(Some(Logo { hash, png })) => {
            let sql = "INSERT INTO status_page_logos (page_id, hash, png) VALUES ($1, $2, $3)
                       ON CONFLICT (page_id) DO UPDATE SET hash = excluded.hash, png = excluded.png";
            tx.execute(sql, &[&id, hash, png]).await?;
        }
    }
    Ok(())
}

fn taken(error: tokio_postgres::Error) -> StoreError {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => StoreError::Taken {
            field: "slug",
            message: "is that of another status page",
        },
        _ => error.into(),
    }
}
