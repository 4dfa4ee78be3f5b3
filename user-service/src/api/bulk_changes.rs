//! The same change of some monitors in one transaction: what becomes of each is decided first, then all is written in as
//! many statements as for one.

use std::collections::{BTreeMap, HashMap, HashSet};

use deadpool_postgres::{Client, Transaction};
use domain::monitor::{FieldError, Spec};
use domain::{MonitorId, Timestamp};
use serde_json::{Map, Value};
use shared::http::problem::Problem;

use super::monitor_edit;
use super::monitor_view::audited_with;
use crate::app::App;
use crate::rules::alert_labels::AlertLabelsChange;
use crate::rules::bulk::Action;
use crate::rules::dependencies::{Depending, Refused};
use crate::rules::tag::{self, Change};
use crate::store::audit::{Author, Note};
use crate::store::error::StoreError;
use crate::store::monitor_changes::{self, Changed, Update};
use crate::store::monitor_row::MonitorRow;
use crate::store::version_authors::Made;
use crate::store::{dependencies, labels, limits, monitors, only_tags, tags};

/// What was done with a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Edited {
        changed: Changed,
        /// Whether routes find another monitor than before.
        is_relabelled: bool,
    },
    Tagged,
    Muted,
    Deleted,
    Nothing,
}

/// What came of each monitor.
pub(super) type Outcomes = BTreeMap<MonitorId, Result<Done, Problem>>;

/// Changes the monitors with these ids, as far as they are there and seen.
///
/// # Errors
/// When nothing of it was done.
pub(super) async fn make(
    app: &App,
    client: &mut Client,
    author: &Author,
    ids: &[i64],
    action: &Action,
) -> Result<Outcomes, Problem> {
    let tx = client.transaction().await?;
    // Tags that there are not are created, which takes the organisation's turn: it comes before any monitor.
    if let Action::Tags(..) = action {
        author.scope.take_turn(&tx).await?;
    }
    if let Action::Patch(_, alerts) = action {
        let named = alerts.depends_on().unwrap_or_default();
        monitors::lock_concerned(&tx, author.scope, ids, None, named).await?;
    }
    let rows = monitors::lock_all(&tx, &app.keyring, author.scope, ids).await?;
    let missing = |id: &i64| (MonitorId(*id), Err(Problem::not_found("monitor")));
    let mut batch = Batch {
        app,
        tx: &tx,
        author,
        tags: tags::of_monitors(&tx, ids).await?,
        outcomes: ids.iter().map(missing).collect(),
        notes: Vec::new(),
    };
    match action {
        Action::Delete => batch.delete(&rows).await?,
        Action::Mute(muted, until) => batch.mute(&rows, *muted, *until).await?,
        Action::Patch(patch, alerts) => batch.patch(&rows, patch, alerts).await?,
        Action::Tags(change, names) => batch.set_tags(&rows, *change, names).await?,
    }
    let Batch { outcomes, notes, .. } = batch;
    author.note_all(&tx, notes).await?;
    tx.commit().await?;
    for (id, done) in &outcomes {
        let is_checked_anew = |done: &Done| match done {
            Done::Edited { changed, .. } => *changed == Changed::Spec,
            other => *other == Done::Deleted,
        };
        if done.as_ref().is_ok_and(is_checked_anew) {
            monitor_edit::checked_anew(app, *id);
        }
    }
    Ok(outcomes)
}

/// What is done in one transaction.
struct Batch<'a> {
    app: &'a App,
    tx: &'a Transaction<'a>,
    author: &'a Author,
    /// Of each monitor before.
    tags: HashMap<MonitorId, Vec<String>>,
    outcomes: Outcomes,
    /// For the audit log.
    notes: Vec<Note>,
}

impl Batch<'_> {
    fn done(&mut self, id: MonitorId, done: Done) {
        self.outcomes.insert(id, Ok(done));
    }

    fn refused(&mut self, id: MonitorId, wrong: Vec<FieldError>) {
        self.outcomes.insert(id, Err(Problem::invalid(wrong)));
    }

    /// Notes how a monitor has changed that has the same tags as before.
    fn note(&mut self, old: &MonitorRow, new: &MonitorRow) -> Result<(), StoreError> {
        let tags = self.tags.get(&old.id);
        let (before, after) = (audited_with(old, tags.cloned()), audited_with(new, tags.cloned()));
        self.notes
            .extend(Note::changed(&monitor_edit::audited(old.id), &before, &after)?);
        Ok(())
    }

    async fn delete(&mut self, rows: &[MonitorRow]) -> Result<(), StoreError> {
        monitor_changes::delete_all(self.tx, &rows.iter().collect::<Vec<_>>()).await?;
        for row in rows {
            let before = audited_with(row, self.tags.get(&row.id).cloned());
            self.notes
                .push(Note::deleted(&monitor_edit::audited(row.id), &before)?);
            self.done(row.id, Done::Deleted);
        }
        Ok(())
    }

    async fn mute(
        &mut self,
        rows: &[MonitorRow],
        muted: bool,
        muted_until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let mut ids = Vec::new();
        for old in rows {
            if (old.muted, old.muted_until) == (muted, muted_until) {
                self.done(old.id, Done::Nothing);
                continue;
            }
            let new = MonitorRow {
                muted,
                muted_until,
                ..old.clone()
            };
            self.note(old, &new)?;
            self.done(old.id, Done::Muted);
            ids.push(old.id.0);
        }
        monitor_changes::mute_all(self.tx, &ids, muted, muted_until).await
    }

    async fn patch(
        &mut self,
        rows: &[MonitorRow],
        patch: &Value,
        alerts: &AlertLabelsChange,
    ) -> Result<(), StoreError> {
        let scope = self.author.scope;
        match self.require_named(alerts).await {
            Err(StoreError::Invalid(wrong)) => {
                rows.iter().for_each(|row| self.refused(row.id, wrong.clone()));
                return Ok(());
            }
            other => other?,
        }
        // As with one: labels can be given also to a monitor whose definition is not valid any more.
        let is_only_labelled = alerts.is_given() && patch.as_object().is_some_and(Map::is_empty);
        let allowed = limits::effective(self.tx, scope, &self.app.plans).await?;
        let mut patched: Vec<(&MonitorRow, Option<(String, Spec)>)> = Vec::new();
        for old in rows {
            match is_only_labelled {
                true => patched.push((old, None)),
                false => match monitor_edit::patched(&self.app.regions, old, patch.clone()) {
                    Ok(definition) => patched.push((old, Some(definition))),
                    Err(wrong) => self.refused(old.id, wrong),
                },
            }
        }
        let mut allowed_updates = Vec::new();
        for (old, definition) in &patched {
            let update = definition.as_ref().map(|(name, spec)| Update { old, name, spec });
            match update.map(|update| update.require_interval(&allowed)) {
                Some(Err(wrong)) => {
                    self.outcomes.insert(old.id, Err(wrong.into()));
                }
                _ => allowed_updates.push((*old, update)),
            }
        }
        let changed = allowed_updates.iter().map(|(old, _)| *old);
        let mut dependencies = self.depending(changed, alerts).await?;
        let (mut updates, mut relabelled) = (Vec::new(), Vec::new());
        for (old, update) in allowed_updates {
            let update = update.filter(Update::is_other);
            let mut new = update.map_or_else(|| old.clone(), |update| update.new_row());
            new.alerts = alerts.made_of(&old.alerts);
            match dependencies.remove(&old.id) {
                None => {}
                Some(Ok(named)) => new.alerts.depends_on = named,
                Some(Err(refused)) => {
                    let problem = StoreError::from(refused).into();
                    self.outcomes.insert(old.id, Err(problem));
                    continue;
                }
            }
            if let Err(wrong) = new.alerts.require_for(new.spec.value()) {
                self.refused(old.id, wrong);
                continue;
            }
            let is_relabelled = new.alerts != old.alerts;
            if update.is_none() && !is_relabelled {
                self.done(old.id, Done::Nothing);
                continue;
            }
            self.note(old, &new)?;
            let changed = update.map_or(Changed::NameOnly, |update| update.changed());
            let done = Done::Edited {
                changed,
                is_relabelled,
            };
            self.done(old.id, done);
            updates.extend(update);
            if is_relabelled {
                relabelled.push((old.id, new.alerts));
            }
        }
        let made = Made::from(&self.author.by);
        monitor_changes::update_all(self.tx, &self.app.keyring, &updates, made).await?;
        let relabelled: Vec<_> = relabelled.iter().map(|(id, alerts)| (*id, alerts)).collect();
        labels::set_all(self.tx, scope, alerts, &relabelled).await
    }

    /// Requires that what is named for all of them is there.
    async fn require_named(&self, alerts: &AlertLabelsChange) -> Result<(), StoreError> {
        let scope = self.author.scope;
        monitor_edit::require_recipients(self.tx, scope, alerts.recipients(), None).await?;
        dependencies::require(self.tx, scope, alerts.depends_on().unwrap_or_default()).await
    }

    /// On which monitors each of these depends afterwards, where that is said.
    async fn depending<'r>(
        &self,
        rows: impl Iterator<Item = &'r MonitorRow>,
        alerts: &AlertLabelsChange,
    ) -> Result<HashMap<MonitorId, Result<Vec<MonitorId>, Refused>>, StoreError> {
        let Some(named) = alerts.depends_on() else {
            return Ok(HashMap::new());
        };
        let rows: Vec<Depending> = rows.map(|row| (row.id, row.alerts.depends_on.clone())).collect();
        let ids: Vec<MonitorId> = rows.iter().map(|(id, _)| *id).collect();
        let made = dependencies::changed_all(self.tx, self.author.scope, named, rows).await?;
        Ok(ids.into_iter().zip(made).collect())
    }

    async fn set_tags(
        &mut self,
        rows: &[MonitorRow],
        change: Change,
        names: &[String],
    ) -> Result<(), StoreError> {
        let allowed = Allowed::of(self.tx, self.author, names).await?;
        let mut wanted = Vec::new();
        for row in rows {
            let own = self.tags.get(&row.id).map_or(&[][..], Vec::as_slice);
            match tag::changed(own, change, names) {
                Ok(new) if tag::are_same(own, &new) => self.done(row.id, Done::Nothing),
                Ok(new) => match allowed.refuses(change, own, &new) {
                    Some(wrong) => self.refused(row.id, wrong),
                    None => wanted.push((row, new)),
                },
                Err(wrong) => self.refused(row.id, vec![wrong]),
            }
        }
        let pairs: Vec<_> = wanted.iter().map(|(row, new)| (row.id, &**new)).collect();
        let changed = match tags::set_all(self.tx, self.author.scope, &pairs).await {
            Err(too_many @ StoreError::LimitReached(_)) => {
                // Nothing is written yet, and each of them would have the tags that are too many.
                let problem = Problem::from(too_many);
                let refused = wanted.iter().map(|(row, _)| (row.id, Err(problem.clone())));
                self.outcomes.extend(refused);
                return Ok(());
            }
            changed => changed?,
        };
        let ids: Vec<i64> = changed.iter().map(|id| id.0).collect();
        monitor_changes::make_versions(self.tx, &ids).await?;
        // As they are called, which may be written otherwise than here.
        let mut after = tags::of_monitors(self.tx, &ids).await?;
        for (row, _) in &wanted {
            let id = row.id;
            if !changed.contains(&id) {
                self.done(id, Done::Nothing);
                continue;
            }
            let before = audited_with(row, self.tags.get(&id).cloned());
            let after = audited_with(row, after.remove(&id));
            self.notes
                .extend(Note::changed(&monitor_edit::audited(id), &before, &after)?);
            self.done(id, Done::Tagged);
        }
        Ok(())
    }
}

/// Which tags somebody may give and take.
struct Allowed {
    /// What is wrong with those that are to be given.
    unseen: Vec<FieldError>,
    /// Those that have to stay as they are.
    kept: HashSet<String>,
}

impl Allowed {
    /// Whoever sees everything may do all. Who is narrowed gives the tags that they see, and leaves those alone to which
    /// anybody is narrowed.
    async fn of(tx: &Transaction<'_>, author: &Author, names: &[String]) -> Result<Self, StoreError> {
        let scope = author.scope;
        Ok(match scope.sees_everything(tx).await? {
            true => Self {
                unseen: Vec::new(),
                kept: HashSet::new(),
            },
            false => Self {
                unseen: only_tags::unseen(tx, scope, names).await?,
                kept: only_tags::narrowing_names(tx, scope, names).await?,
            },
        })
    }

    /// What is wrong with giving a monitor other tags.
    fn refuses(&self, change: Change, own: &[String], new: &[String]) -> Option<Vec<FieldError>> {
        if change != Change::Remove && !self.unseen.is_empty() {
            return Some(self.unseen.clone());
        }
        let moved = tag::difference(own, new);
        let is_kept = moved.iter().any(|name| self.kept.contains(*name));
        is_kept.then(|| vec![FieldError::new("tags", only_tags::KEPT)])
    }
}
