//! Rows of `component_groups` and `components`: what status pages show the state of.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::live::LiveState;
use domain::monitor::FieldError;
use domain::{ComponentId, MonitorId, StatusPageId, Timestamp};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::external_pages::{self, ExternalPage};
use super::monitor_status::EFFECTIVE_STATE;
use crate::rules::status_page::{Component, External, Group};

/// The longest name of a component, in characters: a monitor's may be longer.
const MAX_NAME_CHARS: usize = 100;

/// The monitor of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShownMonitor {
    pub(crate) name: String,
    pub(crate) state: LiveState,
}

/// The components of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Components {
    pub(super) groups: Vec<Group>,
    /// The monitors whose state they have.
    pub(super) monitors: HashMap<i64, ShownMonitor>,
    /// What is known of the other status pages that they show, by address.
    pub(super) externals: HashMap<String, ExternalPage>,
    /// Since when the page shows its components.
    pub(super) added: HashMap<ComponentId, Timestamp>,
}

/// Reads the components of pages.
pub(super) async fn of_pages(
    client: &impl GenericClient,
    pages: &[StatusPageId],
) -> Result<HashMap<StatusPageId, Components>, StoreError> {
    let ids: Vec<i64> = pages.iter().map(|page| page.0).collect();
    let mut of_page: HashMap<StatusPageId, Components> = HashMap::new();
    let sql = "SELECT id, page_id, name, is_open FROM component_groups WHERE page_id = ANY($1)
               ORDER BY page_id, position";
    let mut places: HashMap<i64, usize> = HashMap::new();
    for row in client.query(sql, &[&ids]).await? {
        let page = of_page.entry(StatusPageId(row.try_get("page_id")?)).or_default();
        let groups = &mut page.groups;
        places.insert(row.try_get("id")?, groups.len());
        groups.push(Group {
            name: row.try_get("name")?,
            is_open: row.try_get("is_open")?,
            components: Vec::new(),
        });
    }
    let sql = format!(
        "SELECT c.*, m.name AS monitor_name, {EFFECTIVE_STATE} AS monitor_state
         FROM components c LEFT JOIN monitors m ON m.id = c.monitor_id
             LEFT JOIN monitor_states s ON s.monitor_id = c.monitor_id
         WHERE c.page_id = ANY($1) ORDER BY c.page_id, c.group_id, c.position"
    );
    for row in client.query(&sql, &[&ids]).await? {
        let (page, group) = (
            of_page.get_mut(&StatusPageId(row.try_get("page_id")?)),
            places.get(&row.try_get("group_id")?),
        );
        if let (Some(page), Some(&group)) = (page, group)
            && let Some(group) = page.groups.get_mut(group)
        {
            let component = read(&row)?;
            let added: DateTime<Utc> = row.try_get("created_at")?;
            page.added
                .extend(component.id.map(|id| (id, Timestamp::from(added))));
            if let Some(monitor) = component.monitor {
                page.monitors.insert(monitor.0, monitor_of(&row)?);
            }
            group.components.push(component);
        }
    }
    let groups = of_page.values().flat_map(|page| &page.groups);
    let known = external_pages::known(client, groups).await?;
    for page in of_page.values_mut().filter(|_| !known.is_empty()) {
        let components = page.groups.iter().flat_map(|group| &group.components);
        let shown = components.filter_map(|one| known.get_key_value(&one.external.as_ref()?.url));
        page.externals = shown.map(|(url, known)| (url.clone(), known.clone())).collect();
    }
    Ok(of_page)
}

fn read(row: &Row) -> Result<Component, StoreError> {
    let url: Option<String> = row.try_get("external_url")?;
    let component = row.try_get("external_component")?;
    Ok(Component {
        id: Some(ComponentId(row.try_get("id")?)),
        name: Some(row.try_get("name")?),
        description: row.try_get("description")?,
        monitor: row.try_get::<_, Option<i64>>("monitor_id")?.map(MonitorId),
        external: url.map(|url| External { url, component }),
        show_history: row.try_get("show_history")?,
        show_uptime: row.try_get("show_uptime")?,
        show_latency: row.try_get("show_latency")?,
    })
}

fn monitor_of(row: &Row) -> Result<ShownMonitor, StoreError> {
    let state: &str = row.try_get("monitor_state")?;
    let state = LiveState::ALL.into_iter().find(|one| one.as_str() == state);
    Ok(ShownMonitor {
        name: row.try_get("monitor_name")?,
        state: state.unwrap_or_default(),
    })
}

/// The monitors of the organisation that `groups` name, locked so that none is deleted meanwhile. Whoever changes a page
/// takes them before its components, as who deletes a monitor does.
///
/// # Errors
/// 422 that names each component whose monitor is not there.
pub(crate) async fn monitors(
    client: &impl GenericClient,
    scope: Scope,
    groups: &[Group],
) -> Result<HashMap<i64, ShownMonitor>, StoreError> {
    let components = || groups.iter().flat_map(|group| &group.components);
    let mut ids: Vec<i64> = components()
        .filter_map(|one| one.monitor)
        .map(|id| id.0)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let sql = format!(
        "SELECT m.id, m.name AS monitor_name, {EFFECTIVE_STATE} AS monitor_state
         FROM monitors m LEFT JOIN monitor_states s ON s.monitor_id = m.id
         WHERE m.org_id = $1 AND m.id = ANY($2) AND m.deleted_at IS NULL ORDER BY m.id FOR KEY SHARE OF m"
    );
    let mut known = HashMap::new();
    for row in client.query(&sql, &[scope.org_id(), &ids]).await? {
        known.insert(row.try_get("id")?, monitor_of(&row)?);
    }
    let mut errors = Vec::new();
    for (g, group) in groups.iter().enumerate() {
        for (c, component) in group.components.iter().enumerate() {
            if let Some(id) = component.monitor.filter(|id| !known.contains_key(&id.0)) {
                let field = format!("groups.{g}.components.{c}.monitor_id");
                errors.push(FieldError::new(field, format!("there is no monitor {id}")));
            }
        }
    }
    match errors.is_empty() {
        true => Ok(known),
        false => Err(StoreError::Invalid(errors)),
    }
}

/// The groups with a name for each component, which are to be those of a page; none where it is new.
pub(super) async fn named(
    tx: &Transaction<'_>,
    scope: Scope,
    page: Option<StatusPageId>,
    groups: &[Group],
) -> Result<Vec<Group>, StoreError> {
    external_pages::limited(tx, scope, page.map_or(0, |page| page.0), groups).await?;
    let known = monitors(tx, scope, groups).await?;
    Ok(with_names(groups, &known))
}

/// The groups, where a component without a name has that of its monitor.
pub(crate) fn with_names(groups: &[Group], known: &HashMap<i64, ShownMonitor>) -> Vec<Group> {
    let mut groups = groups.to_vec();
    for component in groups.iter_mut().flat_map(|group| &mut group.components) {
        let monitor = component.monitor.and_then(|id| known.get(&id.0));
        if let (None, Some(monitor)) = (&component.name, monitor) {
            component.name = Some(monitor.name.chars().take(MAX_NAME_CHARS).collect());
        }
    }
    groups
}

/// Makes these the groups and components of a page. A component that has an id keeps it.
pub(super) async fn write(tx: &Transaction<'_>, page: i64, groups: &[Group]) -> Result<(), StoreError> {
    let old = "SELECT id FROM component_groups WHERE page_id = $1";
    let old: Vec<i64> = tx
        .query(old, &[&page])
        .await?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    let kept: Vec<i64> = groups
        .iter()
        .flat_map(|group| &group.components)
        .filter_map(|component| component.id)
        .map(|id| id.0)
        .collect();
    let sql = "DELETE FROM components WHERE page_id = $1 AND id <> ALL($2)";
    tx.execute(sql, &[&page, &kept]).await?;
    let (names, open): (Vec<_>, Vec<_>) = groups
        .iter()
        .map(|group| (group.name.as_deref(), group.is_open))
        .unzip();
    let sql = "INSERT INTO component_groups (page_id, position, name, is_open)
               SELECT $1::bigint, place - 1, name, is_open
               FROM unnest($2::text[], $3::boolean[]) WITH ORDINALITY AS g (name, is_open, place)
               RETURNING position, id";
    let mut ids = vec![0; groups.len()];
    for row in tx.query(sql, &[&page, &names, &open]).await? {
        let place = usize::from(row.try_get::<_, i16>(0)?.unsigned_abs());
        if let Some(id) = ids.get_mut(place) {
            *id = row.try_get::<_, i64>(1)?;
        }
    }
    let columns = Columns::of(groups, &ids);
    let sql = "UPDATE components c
               SET group_id = u.group_id, position = u.position, name = u.name, description = u.description,
                   monitor_id = u.monitor_id, show_history = u.show_history, show_uptime = u.show_uptime,
                   show_latency = u.show_latency, external_url = u.external_url,
                   external_component = u.external_component,
                   -- What nothing measures any more says nothing of the days on which something did.
                   created_at = CASE WHEN u.monitor_id IS NULL AND u.external_url IS NULL
                                          AND (c.monitor_id IS NOT NULL OR c.external_url IS NOT NULL)
                                     THEN now() ELSE c.created_at END
               FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::text[], $6::text[], $7::bigint[],
                           $8::boolean[], $9::boolean[], $10::boolean[], $11::text[], $12::text[])
                    AS u (id, group_id, position, name, description, monitor_id, show_history, show_uptime, show_latency,
                          external_url, external_component)
               WHERE c.id = u.id AND c.page_id = $1";
    columns.execute(tx, sql, page).await?;
    let sql = "INSERT INTO components (page_id, group_id, position, name, description, monitor_id, show_history,
                                       show_uptime, show_latency, external_url, external_component)
               SELECT $1::bigint, u.group_id, u.position, u.name, u.description, u.monitor_id, u.show_history,
                      u.show_uptime, u.show_latency, u.external_url, u.external_component
               FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::text[], $6::text[], $7::bigint[],
                           $8::boolean[], $9::boolean[], $10::boolean[], $11::text[], $12::text[])
                    AS u (id, group_id, position, name, description, monitor_id, show_history, show_uptime, show_latency,
                          external_url, external_component)
               WHERE u.id IS NULL";
    columns.execute(tx, sql, page).await?;
    let sql = "DELETE FROM component_groups WHERE page_id = $1 AND id = ANY($2)";
    tx.execute(sql, &[&page, &old]).await?;
    Ok(())
}

/// Components by column, as PostgreSQL's `unnest` takes them.
#[derive(Default)]
struct Columns<'a> {
    id: Vec<Option<i64>>,
    group: Vec<i64>,
    position: Vec<i16>,
    name: Vec<&'a str>,
    description: Vec<Option<&'a str>>,
    monitor: Vec<Option<i64>>,
    history: Vec<bool>,
    uptime: Vec<bool>,
    latency: Vec<bool>,
    external_url: Vec<Option<&'a str>>,
    external_component: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    fn of(groups: &'a [Group], ids: &[i64]) -> Self {
        let mut columns = Self::default();
        for (group, id) in groups.iter().zip(ids) {
            for (place, component) in group.components.iter().enumerate() {
                columns.id.push(component.id.map(|id| id.0));
                columns.group.push(*id);
                columns.position.push(i16::try_from(place).unwrap_or(i16::MAX));
                columns.name.push(component.name.as_deref().unwrap_or_default());
                columns.description.push(component.description.as_deref());
                columns.monitor.push(component.monitor.map(|id| id.0));
                columns.history.push(component.show_history);
                columns.uptime.push(component.show_uptime);
                columns.latency.push(component.show_latency);
                let external = component.external.as_ref();
                columns.external_url.push(external.map(|one| one.url.as_str()));
                let component = external.and_then(|one| one.component.as_deref());
                columns.external_component.push(component);
            }
        }
        columns
    }

    async fn execute(&self, tx: &Transaction<'_>, sql: &str, page: i64) -> Result<(), StoreError> {
        tx.execute(
            sql,
            &[
                &page,
                &self.id,
                &self.group,
                &self.position,
                &self.name,
                &self.description,
                &self.monitor,
                &self.history,
                &self.uptime,
                &self.latency,
                &self.external_url,
                &self.external_component,
            ],
        )
        .await?;
        Ok(())
    }
}
