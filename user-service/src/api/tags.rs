//! `/tags`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{Actor, CreateTag, DeleteTag, EditTag, ListTags, Principal, Resource, Role, Tag};
use deadpool_postgres::Transaction;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::rules::tag as rules;
use crate::store::Scope;
use crate::store::audit::Resource as Audited;
use crate::store::{only_tags, tags as store};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(create).mount(edit).mount(delete)
}

/// Tags in the audit log.
fn audited(id: i64) -> Audited {
    Audited::new("tag", id)
}

async fn list(app: Data<App>, call: Call<ListTags>) -> Result<Reply<ListTags>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after: Option<String> = page::position(call.query.cursor.as_deref())?;
    let tags = store::all(&app.pool.get().await?, Scope::from(&call.caller)).await?;
    // As they are sorted: by what comes after the one of that name.
    let tags = match after {
        None => tags,
        Some(after) => {
            let rest = tags.into_iter().skip_while(|tag| tag.name != after);
            rest.skip(1).collect()
        }
    };
    Ok(Reply::new(page::cut(tags, limit, |tag: &Tag| tag.name.clone())))
}

async fn create(app: Data<App>, call: Call<CreateTag>) -> Result<Reply<CreateTag>, Problem> {
    let scope = Scope::from(&call.caller);
    let name = name(call.body.name.as_deref().unwrap_or_default())?;
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    scope.take_turn(&tx).await?;
    let tag = store::insert(&tx, scope, &name, call.body.colour.unwrap_or_default()).await?;
    author(&call).created(&tx, &audited(tag.id), &tag).await?;
    let id = tag.id;
    let reply = Reply::new(tag);
    tx.commit(&app, &reply).await?;
    app.announcer.change(scope.org(), Resource::Tag, id);
    Ok(reply)
}

async fn edit(app: Data<App>, call: Call<EditTag>) -> Result<Reply<EditTag>, Problem> {
    let (scope, id, expected) = (Scope::from(&call.caller), call.path.id, call.if_match()?);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    scope.take_turn(&tx).await?;
    let before = store::find(&tx, scope, id).await?;
    require_version(expected, before.version)?;
    let name = match &call.body.name {
        Some(given) => name(given)?,
        None => before.name.clone(),
    };
    let colour = call.body.colour.unwrap_or(before.colour);
    if name == before.name && colour == before.colour {
        return Ok(Reply::new(before));
    }
    let after = store::update(&tx, scope, id, &name, colour).await?;
    author(&call).changed(&tx, &audited(id), &before, &after).await?;
    tx.commit().await?;
    app.announcer.change(scope.org(), Resource::Tag, id);
    Ok(Reply::new(after))
}

async fn delete(app: Data<App>, call: Call<DeleteTag>) -> Result<Reply<DeleteTag>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    scope.take_turn(&tx).await?;
    let before = store::find(&tx, scope, id).await?;
    require_version(call.if_match()?, before.version)?;
    require_nobody(&tx, &call.caller, id).await?;
    store::delete(&tx, scope, id).await?;
    author(&call).deleted(&tx, &audited(id), &before).await?;
    tx.commit().await?;
    // Routes may have found monitors by it.
    app.announcer.alerting(scope.org());
    app.announcer.change(scope.org(), Resource::Tag, id);
    Ok(Reply::empty())
}

/// Requires that nobody is narrowed to a tag: without it they would see less, and nobody would know why. Who they are is
/// said to people who may see that elsewhere.
async fn require_nobody(tx: &Transaction<'_>, caller: &Principal, tag: i64) -> Result<(), Problem> {
    let scope = Scope::from(caller);
    let counts = only_tags::count_narrowed_to(tx, scope, tag).await?;
    let counted = [
        (counts.members, "member"),
        (counts.keys, "API key"),
        (counts.invitations, "invitation"),
    ];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counted
        .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if counted.is_empty() {
        return Ok(());
    }
    let whose = match caller.actor {
        Actor::User(_) if caller.role >= Role::Admin => {
            only_tags::names_narrowed_to(tx, scope, tag).await?.join(", ")
        }
        _ => counted.join(", "),
    };
    let wrong = format!("access is narrowed to this tag, of {whose}: give them other tags first");
    Err(Problem::new(StatusCode::CONFLICT, wrong))
}

fn name(given: &str) -> Result<String, Problem> {
    rules::name(given).map_err(|wrong| Problem::invalid(vec![FieldError::new("name", wrong)]))
}
