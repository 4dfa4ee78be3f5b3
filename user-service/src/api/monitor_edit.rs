//! Changes of monitors within a transaction, with what the audit log notes of them; and who is told once that is
//! committed.

use actix_web::http::header::LOCATION;
use api::{Monitor, Operation, Principal, Resource};
use deadpool_postgres::Transaction;
use domain::monitor::{FieldError, MonitorInput, Spec};
use domain::routing::Recipients;
use domain::{MonitorId, Regions, Timestamp};
use serde_json::Value;
use shared::http::call::Reply;
use shared::http::problem::Problem;

use super::monitor_view;
use crate::app::App;
use crate::rules::alert_labels::{AlertLabels, AlertLabelsChange, RECIPIENTS};
use crate::rules::{external_key, heartbeat, monitor_patch as patch, monitor_regions, tag};
use crate::store::Scope;
use crate::store::alert_targets::Names;
use crate::store::audit::{Author, Resource as Audited};
use crate::store::error::StoreError;
use crate::store::monitor_changes::{self, Changed, NewMonitor, Update};
use crate::store::monitor_row::MonitorRow;
use crate::store::version_authors::Made;
use crate::store::{dependencies, labels, monitors, tags};

/// Monitors in the audit log.
pub(super) fn audited(id: MonitorId) -> Audited {
    Audited::new("monitor", id)
}

/// A monitor as it is to be.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) spec: Spec,
    pub(super) tags: Vec<String>,
    pub(super) external_key: Option<String>,
    pub(super) alerts: AlertLabels,
    /// Those of the monitor of which it is a copy: whom they name may be gone.
    pub(super) copied_recipients: Option<Recipients>,
}

impl Wanted {
    /// The one that these fields make, where there are these regions.
    ///
    /// # Errors
    /// 422 with every field that is not valid.
    pub(super) fn of(regions: &Regions, input: &MonitorInput) -> Result<Self, Problem> {
        let definition = heartbeat::dated(input.validate(), None, shared::now());
        let named = input.regions.clone();
        Self::with(input, monitor_regions::known(definition, regions, named, None))
    }

    /// The same, with a name and a specification that were made of these fields.
    ///
    /// # Errors
    /// As those of [`Wanted::of`].
    pub(super) fn with(
        input: &MonitorInput,
        definition: Result<(String, Spec), Vec<FieldError>>,
    ) -> Result<Self, Problem> {
        let tags = tag::names(input.tags.as_deref().unwrap_or_default());
        let key = input.external_key.as_deref().map_or(Ok(()), external_key::valid);
        match (definition, tags, key, AlertLabels::of(input)) {
            (Ok((name, spec)), Ok(tags), Ok(()), Ok(alerts)) => Ok(Self {
                name,
                spec,
                tags,
                external_key: input.external_key.clone(),
                alerts,
                copied_recipients: None,
            }),
            (definition, tags, key, alerts) => {
                let wrong = definition.err().into_iter().flatten();
                let wrong = wrong.chain(tags.err()).chain(key.err());
                Err(Problem::invalid(
                    wrong.chain(alerts.err().into_iter().flatten()).collect(),
                ))
            }
        }
    }
}

/// What a monitor is known by beside its name, which changes nothing of what is checked. What is none stays.
#[derive(Debug, Default)]
pub(super) struct Labels {
    pub(super) tags: Option<Vec<String>>,
    pub(super) external_key: Option<Option<String>>,
    pub(super) alerts: AlertLabelsChange,
}

impl Labels {
    /// Takes them out of a PATCH.
    ///
    /// # Errors
    /// 422 with each that is not valid.
    pub(super) fn split(mut patch: Value) -> Result<(Value, Self), Problem> {
        let (tags, key) = (tag::split(&mut patch), external_key::split(&mut patch));
        match (tags, key, AlertLabelsChange::split(&mut patch)) {
            (Ok(tags), Ok(external_key), Ok(alerts)) => {
                let labels = Self {
                    tags,
                    external_key,
                    alerts,
                };
                Ok((patch, labels))
            }
            (tags, key, alerts) => {
                let wrong = tags.err().into_iter().chain(key.err());
                Err(Problem::invalid(
                    wrong.chain(alerts.err().into_iter().flatten()).collect(),
                ))
            }
        }
    }

    pub(super) fn are_given(&self) -> bool {
        self.tags.is_some() || self.external_key.is_some() || self.alerts.is_given()
    }
}

/// What becomes of a monitor. What is none stays.
#[derive(Debug, Default)]
pub(super) struct Edit {
    pub(super) definition: Option<(String, Spec)>,
    pub(super) labels: Labels,
    /// The version whose definition that is.
    pub(super) restored: Option<i32>,
}

/// A monitor that was changed.
#[derive(Debug)]
pub(super) struct Edited {
    pub(super) row: MonitorRow,
    /// Whether pingers have to be told.
    changed: Changed,
    /// Whether anything is another than before.
    pub(super) is_other: bool,
    is_paused_now: bool,
    /// Whether it has other tags.
    pub(super) is_tagged: bool,
    /// Whether routes find another monitor than before.
    is_relabelled: bool,
}

/// Adds a monitor.
///
/// # Errors
/// As those of [`monitor_changes::create`], [`tags::set`] and [`dependencies::changed`].
pub(super) async fn add(
    app: &App,
    tx: &Transaction<'_>,
    author: &Author,
    wanted: &Wanted,
) -> Result<MonitorRow, StoreError> {
    let valid = wanted.alerts.require_for(Some(&wanted.spec));
    valid.map_err(StoreError::Invalid)?;
    let new = NewMonitor {
        name: &wanted.name,
        spec: &wanted.spec,
        external_key: wanted.external_key.as_deref(),
        alerts: &wanted.alerts,
    };
    let scope = author.scope;
    let named = wanted.alerts.depends_on.as_slice();
    // Whoever creates something takes it; it comes before any monitor is locked.
    scope.take_turn(tx).await?;
    monitors::lock_concerned(tx, scope, &[], None, named).await?;
    let made = Made::from(&author.by);
    let mut row = monitor_changes::create(tx, &app.keyring, scope, new, made, &app.plans).await?;
    let (recipients, copied) = (&wanted.alerts.recipients, &wanted.copied_recipients);
    require_recipients(tx, scope, recipients.as_ref(), copied.as_ref()).await?;
    tags::set(tx, scope, row.id, &wanted.tags).await?;
    if !named.is_empty() {
        row.alerts.depends_on = dependencies::changed(tx, scope, row.id, named, &[]).await?;
        dependencies::set_all(tx, scope, &[(row.id, named)]).await?;
    }
    let created = monitor_view::audited(tx, &row).await?;
    author.created(tx, &audited(row.id), &created).await?;
    Ok(row)
}

/// Requires that those are there who are to be notified; what the `old` ones named may be gone.
///
/// # Errors
/// 422 that names each that is not.
pub(super) async fn require_recipients(
    tx: &Transaction<'_>,
    scope: Scope,
    new: Option<&Recipients>,
    old: Option<&Recipients>,
) -> Result<(), StoreError> {
    match new {
        None => Ok(()),
        Some(new) => {
            let named = Names::default().recipients(RECIPIENTS, new, old);
            named.require(tx, scope).await
        }
    }
}

/// The answer to the creation of a monitor.
pub(super) async fn created<O: Operation<Answer = Monitor>>(
    tx: &Transaction<'_>,
    caller: &Principal,
    row: MonitorRow,
) -> Result<Reply<O>, Problem> {
    let location = format!("{}/monitors/{}", api::PREFIX, row.id);
    let monitor = monitor_view::created(tx, caller.role, row).await?;
    Ok(Reply::new(monitor).with_header(LOCATION, &location))
}

/// The name and the specification of a monitor after `patch`, where there are these regions.
///
/// # Errors
/// Every field that is not valid.
pub(super) fn patched(
    regions: &Regions,
    old: &MonitorRow,
    patch: Value,
) -> Result<(String, Spec), Vec<FieldError>> {
    let (before, named) = (old.spec.value(), monitor_regions::named(&patch));
    let definition = match before {
        Some(spec) => patch::apply(&old.name, spec, patch),
        None => patch::apply_to_unreadable(&old.name, old.kind(), patch),
    };
    let definition = heartbeat::dated(definition, before, shared::now());
    monitor_regions::known(definition, regions, named, before)
}

/// The tags that a monitor has, for what the audit log notes.
pub(super) async fn tags_of(
    tx: &Transaction<'_>,
    row: &MonitorRow,
) -> Result<Option<Vec<String>>, StoreError> {
    Ok(tags::of_monitors(tx, &[row.id.0]).await?.remove(&row.id))
}

/// Changes a locked monitor that has these tags; whatever else the change concerns is
/// [locked](monitors::lock_concerned), too.
///
/// # Errors
/// As those of [`tags::set`], [`monitor_changes::set_external_key`] and [`dependencies::changed`].
pub(super) async fn apply(
    app: &App,
    tx: &Transaction<'_>,
    author: &Author,
    old: MonitorRow,
    own_tags: Option<Vec<String>>,
    edit: &Edit,
) -> Result<Edited, StoreError> {
    let (id, was_paused) = (old.id, old.is_paused());
    let old_kind = old.kind().map(str::to_owned);
    let before = monitor_view::audited_with(&old, own_tags.clone());
    let mut is_other = false;
    let (mut new, changed) = match &edit.definition {
        None => (old, Changed::NameOnly),
        Some((name, spec)) => {
            let old = &old;
            let update = Update { old, name, spec };
            let (by, restored) = (&author.by, edit.restored);
            let made = Made { by, restored };
            let changed = monitor_changes::update(tx, &app.keyring, update, made, &app.plans).await?;
            is_other = update.is_other();
            (update.new_row(), changed)
        }
    };
    let mut is_tagged = false;
    if let Some(wanted) = &edit.labels.tags
        && tags::set(tx, author.scope, id, wanted).await?
    {
        monitor_changes::make_versions(tx, &[id.0]).await?;
        (is_tagged, is_other) = (true, true);
    }
    // After the tags: whoever creates a monitor waits for the organisation's turn before the key, too.
    if let Some(key) = &edit.labels.external_key
        && *key != new.external_key
    {
        monitor_changes::set_external_key(tx, id, key.as_deref()).await?;
        new.external_key.clone_from(key);
        is_other = true;
    }
    let mut alerts = edit.labels.alerts.made_of(&new.alerts);
    if let Some(named) = edit.labels.alerts.depends_on() {
        alerts.depends_on =
            dependencies::changed(tx, author.scope, id, named, &new.alerts.depends_on).await?;
    }
    let valid = alerts.require_for(new.spec.value());
    valid.map_err(StoreError::Invalid)?;
    let has_other_alerts = alerts != new.alerts;
    if has_other_alerts {
        let (wanted, old) = (edit.labels.alerts.recipients(), new.alerts.recipients.as_ref());
        require_recipients(tx, author.scope, wanted, old).await?;
        labels::set_all(tx, author.scope, &edit.labels.alerts, &[(id, &alerts)]).await?;
        new.alerts = alerts;
        is_other = true;
    }
    let mut after = match is_tagged {
        true => monitor_view::audited(tx, &new).await?,
        false => monitor_view::audited_with(&new, own_tags),
    };
    after.restored_version = edit.restored.filter(|_| is_other);
    author.changed(tx, &audited(id), &before, &after).await?;
    Ok(Edited {
        is_paused_now: new.is_paused() && !was_paused,
        is_relabelled: is_tagged || has_other_alerts || new.kind() != old_kind.as_deref(),
        row: new,
        changed,
        is_other,
        is_tagged,
    })
}

/// Mutes or unmutes a locked monitor that has these tags.
pub(super) async fn mute(
    tx: &Transaction<'_>,
    author: &Author,
    old: MonitorRow,
    own_tags: Option<Vec<String>>,
    (muted, until): (bool, Option<Timestamp>),
) -> Result<(), StoreError> {
    let id = old.id;
    monitor_changes::mute_all(tx, &[id.0], muted, until).await?;
    let before = monitor_view::audited_with(&old, own_tags.clone());
    let new = MonitorRow {
        muted,
        muted_until: until,
        ..old
    };
    let after = monitor_view::audited_with(&new, own_tags);
    author.changed(tx, &audited(id), &before, &after).await
}

/// Removes a locked monitor that has these tags.
pub(super) async fn remove(
    tx: &Transaction<'_>,
    author: &Author,
    old: &MonitorRow,
    own_tags: Option<Vec<String>>,
) -> Result<(), StoreError> {
    monitor_changes::delete_all(tx, &[old]).await?;
    let deleted = monitor_view::audited_with(old, own_tags);
    author.deleted(tx, &audited(old.id), &deleted).await
}

/// Tells of a monitor that was added.
pub(super) fn announce_added(app: &App, scope: Scope, id: MonitorId, wanted: &Wanted) {
    checked_anew(app, id);
    app.announcer.change(scope.org(), Resource::Monitor, id.0);
    if !wanted.tags.is_empty() || wanted.alerts != AlertLabels::default() {
        app.announcer.alerting(scope.org());
    }
    // It may be the first monitor that has one.
    if !wanted.tags.is_empty() {
        app.announcer.change(scope.org(), Resource::Tag, 0);
    }
}

/// Tells of a monitor that was changed to `monitor`.
pub(super) fn announce_edited(app: &App, edited: &Edited, monitor: &Monitor) {
    let org = edited.row.org_id;
    edited.tell_pingers(app);
    if edited.is_relabelled {
        app.announcer.alerting(org);
    }
    if edited.is_tagged {
        app.announcer.change(org, Resource::Tag, 0);
    }
    if edited.is_other {
        app.announcer.change(org, Resource::Monitor, monitor.id.0);
    }
    if edited.is_paused_now {
        app.announcer.pause(org, monitor);
    }
}

impl Edited {
    /// Tells the log and the pingers, if what is checked has changed.
    pub(super) fn tell_pingers(&self, app: &App) {
        if self.changed == Changed::Spec {
            checked_anew(app, self.row.id);
        }
    }
}

/// Tells of a monitor that was removed.
pub(super) fn announce_removed(app: &App, scope: Scope, id: MonitorId) {
    checked_anew(app, id);
    app.announcer.change(scope.org(), Resource::Monitor, id.0);
}

/// Tells the log and the pingers of a change that was committed.
pub(super) fn checked_anew(app: &App, id: MonitorId) {
    app.outbox.notify_one();
    app.mirror.changed(id);
}

/// The monitor as it is now. It takes a connection of its own: whoever holds one must not wait for another.
pub(super) async fn read(app: &App, caller: &Principal, id: MonitorId) -> Result<Monitor, Problem> {
    let client = app.pool.get().await?;
    let found = monitors::find(&client, &app.keyring, Scope::from(caller), id).await?;
    let views = monitor_view::views(app, &client, caller, vec![found]).await?;
    views
        .into_iter()
        .next()
        .ok_or_else(|| Problem::not_found("monitor"))
}
