//! `/maintenance-windows`.

use actix_web::web::Data;
use api::{
    CancelMaintenanceOccurrence, CreateMaintenanceWindow, DefinitionVersionPath, DeleteMaintenanceWindow,
    EditMaintenanceWindow, GetMaintenanceWindow, GetMaintenanceWindowVersion, ListMaintenanceOccurrences,
    ListMaintenanceWindowVersions, ListMaintenanceWindows, MaintenanceOccurrences, MaintenanceWindow,
    MaintenanceWindowInput, MaintenanceWindowPath, OccurrenceInput, Operation, PreviewMaintenanceWindow,
    Resource, RestoreMaintenanceOccurrence, RestoreMaintenanceWindowVersion,
};
use deadpool_postgres::Transaction;
use domain::maintenance::{MaintenanceWindow as Planned, OccurrenceException};
use domain::monitor::FieldError;
use domain::{TagId, Timestamp};
use serde_json::json;
use shared::http::call::{Call, CallerOf, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::{AsPrincipal, author};
use super::creation::{self, Begun};
use super::definition_versions::{self as versions, Change, Written};
use super::{page, require_version};
use crate::app::App;
use crate::rules::maintenance_window::{self as rules, NamedWindow};
use crate::store::Scope;
use crate::store::audit::{Author, Resource as Audited};
use crate::store::error::StoreError;
use crate::store::maintenance_windows::{self as store, WindowRow};
use crate::store::version_authors::Made;

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(preview)
        .mount(get)
        .mount(edit)
        .mount(delete)
        .mount(occurrences)
        .mount(cancel)
        .mount(restore)
        .mount(list_versions)
        .mount(get_version)
        .mount(restore_version)
}

/// Occurrences that are listed at most, and when nothing is said.
const MOST_LISTED: u32 = 100;
const LISTED: u32 = 10;

/// What is said of a window whose span cannot be read.
const UNREADABLE: &str =
    "when it is cannot be read, so it holds nothing back; send it anew from repeat on, or delete the window";

/// Tells alerters and dashboards of a change that was committed.
fn announce(app: &App, scope: Scope, id: i64) {
    app.announcer.alerting(scope.org());
    app.announcer.change(scope.org(), Resource::MaintenanceWindow, id);
}

/// Windows in the audit log.
fn audited(id: i64) -> Audited {
    Audited::new("maintenance_window", id)
}

fn view(row: WindowRow) -> MaintenanceWindow {
    let span = row.named().map(|named| named.window.span);
    MaintenanceWindow {
        id: row.id,
        name: row.name,
        monitors: row.monitors,
        tags: row.tag_names,
        error: span.is_none().then(|| UNREADABLE.to_owned()),
        span,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// Follows a rule on a thread of its own: of one that seldom comes, that takes milliseconds.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}

/// The window that the fields make of `old`, or of nothing, now.
async fn apply(
    input: MaintenanceWindowInput,
    old: Option<NamedWindow>,
    tags: Vec<Option<TagId>>,
) -> Result<NamedWindow, Problem> {
    let now = shared::now();
    let applied = aside(move || {
        let named = rules::apply(input, old.as_ref(), &tags)?;
        rules::at_its_time(named, old.as_ref(), now)
    });
    applied.await?.map_err(Problem::invalid)
}

async fn list(
    app: Data<App>,
    call: Call<ListMaintenanceWindows>,
) -> Result<Reply<ListMaintenanceWindows>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after: Option<i64> = page::position(call.query.cursor.as_deref())?;
    let rows = store::list(&app.pool.get().await?, Scope::from(&call.caller)).await?;
    let rows = rows
        .into_iter()
        .filter(|row| after.is_none_or(|after| row.id > after));
    let views = rows.map(view).collect();
    Ok(Reply::new(page::cut(views, limit, |view: &MaintenanceWindow| {
        view.id
    })))
}

async fn create(
    app: Data<App>,
    call: Call<CreateMaintenanceWindow>,
) -> Result<Reply<CreateMaintenanceWindow>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let tags = store::tags_named(&*tx, scope, call.body.tags.as_deref().unwrap_or_default(), &[]).await?;
    let named = apply(call.body, None, tags).await?;
    store::check_monitors(&*tx, scope, &named, &[]).await?;
    let created = view(store::insert(&tx, scope, &named, Made::from(&author.by)).await?);
    author.created(&tx, &audited(created.id), &created).await?;
    let id = created.id;
    let reply = Reply::new(created);
    tx.commit(&app, &reply).await?;
    announce(&app, scope, id);
    Ok(reply)
}

async fn preview(
    app: Data<App>,
    call: Call<PreviewMaintenanceWindow>,
) -> Result<Reply<PreviewMaintenanceWindow>, Problem> {
    let (scope, mut input) = (Scope::from(&call.caller), call.body);
    // When it would be can be asked before it has a name.
    input.name = Some("preview".to_owned());
    let names = input.tags.as_deref().unwrap_or_default();
    let tags = match names.is_empty() {
        true => Vec::new(),
        false => store::tags_named(&app.pool.get().await?, scope, names, &[]).await?,
    };
    let named = apply(input, None, tags).await?;
    let now = shared::now();
    let occurrences = aside(move || rules::listed(&named.window, now, LISTED as usize, now)).await?;
    Ok(Reply::new(MaintenanceOccurrences { occurrences }))
}

async fn get(
    app: Data<App>,
    call: Call<GetMaintenanceWindow>,
) -> Result<Reply<GetMaintenanceWindow>, Problem> {
    let row = store::find(&app.pool.get().await?, Scope::from(&call.caller), call.path.id).await?;
    Ok(Reply::new(view(row)))
}

async fn edit(
    app: Data<App>,
    call: Call<EditMaintenanceWindow>,
) -> Result<Reply<EditMaintenanceWindow>, Problem> {
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, author.scope, call.path.id).await?;
    require_version(expected, old.version)?;
    Ok(Reply::new(save(&app, tx, &author, old, call.body, None).await?))
}

/// An earlier version that is to hold again.
struct Earlier {
    version: i32,
    /// Its tags, in the place of their names.
    tags: Vec<Option<TagId>>,
}

/// Saves what the fields make of a locked window, which may be those of an earlier version.
async fn save(
    app: &App,
    tx: Transaction<'_>,
    author: &Author,
    old: WindowRow,
    input: MaintenanceWindowInput,
    earlier: Option<Earlier>,
) -> Result<MaintenanceWindow, Problem> {
    let (scope, id) = (author.scope, old.id);
    rules::require_not_widened(&input, &old.monitors, &old.tags)
        .map_err(|error| Problem::invalid(vec![error]))?;
    let before = old.named();
    let input = match &before {
        Some(_) => input,
        None => rules::keeping(input, &old.name, &old.monitors, &old.tag_names),
    };
    let restored = earlier.as_ref().map(|earlier| earlier.version);
    let tags = match earlier {
        Some(earlier) => earlier.tags,
        None => {
            let names = input.tags.as_deref().unwrap_or_default();
            store::tags_named(&tx, scope, names, &old.tags).await?
        }
    };
    let named = apply(input, before.clone(), tags).await?;
    if before.as_ref() == Some(&named) {
        return Ok(view(old));
    }
    store::check_monitors(&tx, scope, &named, &old.monitors).await?;
    let by = &author.by;
    let row = store::update(&tx, scope, id, &named, Made { by, restored }).await?;
    let (before, after) = (view(old), view(row));
    let [was, is] = Change::of(&before, &after, restored);
    author.changed(&tx, &audited(id), &was, &is).await?;
    tx.commit().await?;
    announce(app, scope, id);
    Ok(after)
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteMaintenanceWindow>,
) -> Result<Reply<DeleteMaintenanceWindow>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = view(store::lock(&tx, scope, id).await?);
    require_version(call.if_match()?, old.version)?;
    store::delete(&tx, scope, id).await?;
    author(&call).deleted(&tx, &audited(id), &old).await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::empty())
}

async fn occurrences(
    app: Data<App>,
    call: Call<ListMaintenanceOccurrences>,
) -> Result<Reply<ListMaintenanceOccurrences>, Problem> {
    let now = shared::now();
    let from = call.query.from.unwrap_or(now);
    let limit = page::limit_up_to(MOST_LISTED, Some(call.query.limit.unwrap_or(LISTED)))?;
    let row = store::find(&app.pool.get().await?, Scope::from(&call.caller), call.path.id).await?;
    let occurrences = match row.named() {
        Some(named) => aside(move || rules::listed(&named.window, from, limit, now)).await?,
        None => Vec::new(),
    };
    Ok(Reply::new(MaintenanceOccurrences { occurrences }))
}

async fn cancel(
    app: Data<App>,
    call: Call<CancelMaintenanceOccurrence>,
) -> Result<Reply<CancelMaintenanceOccurrence>, Problem> {
    change_occurrence(&app, &call, rules::cancel).await
}

async fn restore(
    app: Data<App>,
    call: Call<RestoreMaintenanceOccurrence>,
) -> Result<Reply<RestoreMaintenanceOccurrence>, Problem> {
    change_occurrence(&app, &call, rules::restore).await
}

/// What a change of the occurrence that begins at an instant makes of the exceptions of a window, and when it is made.
type Rule = fn(&Planned, Timestamp, Timestamp) -> Result<Vec<OccurrenceException>, FieldError>;

async fn change_occurrence<O>(app: &App, call: &Call<O>, rule: Rule) -> Result<Reply<O>, Problem>
where
    O: Operation<Path = MaintenanceWindowPath, Body = OccurrenceInput, Answer = MaintenanceWindow>,
    CallerOf<O>: AsPrincipal,
{
    let (scope, id) = (Scope::from(call.caller.as_principal()), call.path.id);
    let author = author(call);
    let starts_at = call.body.starts_at;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    let unreadable = || Problem::invalid(vec![FieldError::new("starts_at", UNREADABLE)]);
    let mut named = old.named().ok_or_else(unreadable)?;
    let (window, now) = (named.window.clone(), shared::now());
    let changed = aside(move || rule(&window, starts_at, now)).await?;
    let exceptions = changed.map_err(|error| Problem::invalid(vec![error]))?;
    if exceptions == named.window.exceptions {
        return Ok(Reply::new(view(old)));
    }
    let told = |exceptions: &[OccurrenceException]| {
        let exception = exceptions.iter().find(|one| one.starts_at == starts_at);
        let (cancelled, ended_at) = (exception.is_some(), exception.and_then(|one| one.ended_at));
        json!({"occurrence": {"starts_at": starts_at, "cancelled": cancelled, "ended_at": ended_at}})
    };
    let (before, after) = (told(&named.window.exceptions), told(&exceptions));
    named.window.exceptions = exceptions;
    let made = Made::from(&author.by);
    let changed = view(store::update(&tx, scope, id, &named, made).await?);
    author.changed(&tx, &audited(id), &before, &after).await?;
    tx.commit().await?;
    announce(app, scope, id);
    Ok(Reply::new(changed))
}

impl Written for WindowRow {
    type Input = MaintenanceWindowInput;

    fn input(&self) -> MaintenanceWindowInput {
        let times = self.span.value().and_then(|span| rules::fields(span).ok());
        MaintenanceWindowInput {
            name: Some(self.name.clone()),
            monitors: Some(self.monitors.iter().map(|id| id.0).collect()),
            tags: Some(self.tag_names.clone()),
            ..times.unwrap_or_default()
        }
    }

    fn is_readable(&self) -> bool {
        self.span.value().is_some()
    }
}

async fn list_versions(
    app: Data<App>,
    call: Call<ListMaintenanceWindowVersions>,
) -> Result<Reply<ListMaintenanceWindowVersions>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let id = store::find(&client, scope, call.path.id).await?.id;
    let page = versions::list::<WindowRow>(&client, scope, id, &call.query).await?;
    Ok(Reply::new(page))
}

async fn get_version(
    app: Data<App>,
    call: Call<GetMaintenanceWindowVersion>,
) -> Result<Reply<GetMaintenanceWindowVersion>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let DefinitionVersionPath { id, version } = call.path;
    let id = store::find(&client, scope, id).await?.id;
    let found = versions::get::<WindowRow>(&client, scope, (id, version), call.query.against).await?;
    Ok(Reply::new(found.into()))
}

async fn restore_version(
    app: Data<App>,
    call: Call<RestoreMaintenanceWindowVersion>,
) -> Result<Reply<RestoreMaintenanceWindowVersion>, Problem> {
    let (expected, author) = (call.if_match()?, author(&call));
    let DefinitionVersionPath { id, version } = call.path;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, author.scope, id).await?;
    require_version(expected, old.version)?;
    let earlier = versions::earlier::<WindowRow>(&tx, author.scope, id, version).await?;
    // What is not seen of it would be left out.
    if earlier.is_part {
        return Err(StoreError::Narrowed.into());
    }
    let tags = store::tags_of(&tx, author.scope, &earlier.tags, &old.tags).await?;
    let (names, tags): (Vec<String>, Vec<Option<TagId>>) = tags.into_iter().unzip();
    let input = MaintenanceWindowInput {
        tags: Some(names),
        ..earlier.input()
    };
    let saved = save(&app, tx, &author, old, input, Some(Earlier { version, tags })).await?;
    Ok(Reply::new(saved))
}
