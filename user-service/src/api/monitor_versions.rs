//! `/monitors/{id}/versions`: the definitions that a monitor has had.

use actix_web::web::Data;
use api::{
    GetMonitorVersion, ListMonitorVersions, MonitorVersion, MonitorVersionDetail, MonitorVersionPath,
    RestoreMonitorVersion, Role,
};
use domain::monitor::{FieldError, MonitorInput, Probe};
use domain::redact;
use serde_json::Value;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use shared::postgres::Stored;

use super::called_by::author;
use super::monitor_edit::{self, Edit, Labels};
use super::{page, require_version};
use crate::app::App;
use crate::rules::monitor_versions as rules;
use crate::rules::version_differences::{self, Forms};
use crate::store::monitor_versions::{self, Version};
use crate::store::{Scope, monitors};

/// What is said of a version that cannot be read.
const UNREADABLE: &str = "the definition of this version cannot be read";

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(get).mount(restore)
}

async fn list(
    app: Data<App>,
    call: Call<ListMonitorVersions>,
) -> Result<Reply<ListMonitorVersions>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let limit = page::limit(call.query.limit)?;
    let before: Option<i32> = page::position(call.query.cursor.as_deref())?;
    let client = app.pool.get().await?;
    monitors::find(&client, &app.keyring, scope, id).await?;
    let (found, of_page) = monitor_versions::page(&client, &app.keyring, scope, id, before, limit).await?;
    drop(client);
    let seen: Vec<Seen> = found
        .into_iter()
        .map(|version| Seen::by(call.caller.role, version))
        .collect();
    let items = seen.iter().take(of_page).enumerate();
    let items = items.map(|(at, version)| version.view(seen.get(at + 1)));
    let more = seen.len() > of_page;
    Ok(Reply::new(page::of(
        items.collect(),
        more,
        |item: &MonitorVersion| item.version,
    )))
}

async fn get(app: Data<App>, call: Call<GetMonitorVersion>) -> Result<Reply<GetMonitorVersion>, Problem> {
    let scope = Scope::from(&call.caller);
    let (MonitorVersionPath { id, version }, against) = (call.path, call.query.against);
    let client = app.pool.get().await?;
    monitors::find(&client, &app.keyring, scope, id).await?;
    let wanted = [version, against.unwrap_or(version)];
    let found = monitor_versions::some(&client, &app.keyring, scope, id, &wanted).await?;
    let before = monitor_versions::before(&client, &app.keyring, scope, id, version).await?;
    drop(client);
    let by = |version| Seen::by(call.caller.role, version);
    let seen: Vec<Seen> = found.into_iter().map(by).collect();
    let before = before.map(by);
    let before = before.as_ref();
    let one = |number: i32| seen.iter().find(|seen| seen.version.version == number);
    let required = |number: i32| one(number).ok_or_else(|| Problem::not_found("version"));
    let this = required(version)?;
    let other = match against {
        Some(number) => Some(required(number)?),
        None => before,
    };
    let differences = other.map(|other| version_differences::differences(&other.forms, &this.forms));
    Ok(Reply::new(MonitorVersionDetail {
        of: this.view(before),
        definition: this.definition.clone(),
        definition_error: this.is_unreadable().then(|| UNREADABLE.to_owned()),
        differences: differences.unwrap_or_default(),
    }))
}

async fn restore(
    app: Data<App>,
    call: Call<RestoreMonitorVersion>,
) -> Result<Reply<RestoreMonitorVersion>, Problem> {
    let (expected, author) = (call.if_match()?, author(&call));
    let MonitorVersionPath { id, version } = call.path;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = monitors::lock(&tx, &app.keyring, author.scope, id).await?;
    require_version(expected, old.version)?;
    let kept = monitor_versions::find(&tx, &app.keyring, author.scope, id, version).await?;
    let Some(spec) = kept.spec.value() else {
        return Err(Problem::invalid(vec![FieldError::new("version", UNREADABLE)]));
    };
    let before = (old.name.as_str(), old.spec.value());
    let definition = rules::restored(before, (kept.name.as_str(), spec), &app.regions, shared::now());
    let edit = Edit {
        definition: Some(definition.map_err(Problem::invalid)?),
        labels: Labels::default(),
        restored: Some(version),
    };
    let own_tags = monitor_edit::tags_of(&tx, &old).await?;
    let edited = monitor_edit::apply(&app, &tx, &author, old, own_tags, &edit).await?;
    tx.commit().await?;
    drop(client);
    let monitor = monitor_edit::read(&app, &call.caller, id).await?;
    monitor_edit::announce_edited(&app, &edited, &monitor);
    Ok(Reply::new(monitor))
}

/// A version as somebody sees it.
struct Seen {
    version: Version,
    /// What is shown of it.
    definition: MonitorInput,
    forms: Forms,
}

impl Seen {
    fn by(role: Role, version: Version) -> Self {
        let (whole, definition) = match &version.spec {
            Stored::Read(spec) => {
                let whole = MonitorInput::from((version.name.clone(), spec.clone()));
                let shown = match role < Role::Editor {
                    true => whole.clone().shown_to_viewers(),
                    false => whole.clone().shown(),
                };
                (whole, shown)
            }
            Stored::Unreadable { json, .. } => {
                let known = known(&version.name, json);
                (known.clone(), known)
            }
        };
        Self {
            forms: Forms::new(&whole, &definition),
            definition,
            version,
        }
    }

    fn is_unreadable(&self) -> bool {
        self.version.spec.value().is_none()
    }

    fn view(&self, before: Option<&Self>) -> MonitorVersion {
        let Version {
            version,
            from,
            until,
            author,
            restored,
            ..
        } = &self.version;
        let changes = before.map(|before| version_differences::changed_fields(&before.forms, &self.forms));
        MonitorVersion {
            version: *version,
            from: *from,
            until: *until,
            author: author.clone(),
            changes: changes.unwrap_or_default(),
            restored: *restored,
        }
    }
}

/// What can be told of a definition that cannot be read.
fn known(name: &str, json: &Value) -> MonitorInput {
    let kind = json["kind"].as_str().filter(|kind| Probe::KINDS.contains(kind));
    MonitorInput {
        name: Some(name.to_owned()),
        kind: kind.map(str::to_owned),
        url: json["url"].as_str().map(redact::url),
        paused: Some(json["paused"] == true),
        ..MonitorInput::default()
    }
}
