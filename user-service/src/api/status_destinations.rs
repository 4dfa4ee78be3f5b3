//! `/status-pages/{id}/destinations`, and what came of the messages to them.

use std::time::Duration;

use actix_web::web::Data;
use api::{
    CreateDestination, DeleteDestination, Destination, DestinationDelivery, EditDestination, GetDestination,
    ListDestinationDeliveries, ListDestinations, TestDestination,
};
use domain::internal::TestOutcome;
use domain::{ComponentId, DeliveryId, DestinationId, ReportUpdateId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::channel_edit::policy;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::rules::destination as rules;
use crate::rules::destination_message::Message;
use crate::rules::subscription::components_of;
use crate::store::audit::Resource as Audited;
use crate::store::destinations::{self as store, DestinationRow};
use crate::store::{Scope, report_deliveries, status_pages};
use crate::subscriptions::{announced_page, post};

/// How long a test message may take: the request that asks for it has to be answered.
const TESTED_WITHIN: Duration = Duration::from_secs(3);

/// What is said of a destination whose configuration cannot be read.
const UNREADABLE_CONFIG: &str =
    "the configuration cannot be read, so nothing is sent; send it as a whole, or delete the destination";

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
        .mount(test)
        .mount(deliveries)
}

/// A destination, with its secret if that was just generated.
fn view(
    app: &App,
    row: DestinationRow,
    last_delivery: Option<DestinationDelivery>,
    secret_is_new: bool,
) -> Destination {
    let config = row.open(&app.keyring);
    let error = config.is_none().then(|| UNREADABLE_CONFIG.to_owned());
    Destination {
        id: row.id,
        name: row.name,
        kind: row.kind,
        config: match config {
            None => Value::Null,
            Some(config) if secret_is_new => config.show_new(),
            Some(config) => config.show(),
        },
        components: row.components,
        enabled: row.enabled,
        gone_at: row.gone_at,
        last_delivery,
        error,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// Destinations in the audit log.
fn audited(row: &DestinationRow) -> Audited {
    Audited::new("status_page_destination", row.id)
}

/// What the audit log keeps of a destination: not where exactly it is.
#[derive(Serialize)]
struct Kept {
    status_page_id: i64,
    name: String,
    kind: &'static str,
    config: Value,
    components: Option<Vec<ComponentId>>,
    enabled: bool,
    gone_at: Option<Timestamp>,
    version: i32,
}

impl Kept {
    fn of(app: &App, row: &DestinationRow) -> Self {
        let config = row.open(&app.keyring);
        Self {
            status_page_id: row.page.0,
            name: row.name.clone(),
            kind: row.kind.as_str(),
            config: config.map_or(Value::Null, |config| config.show_to_viewers()),
            components: row.components.clone(),
            enabled: row.enabled,
            gone_at: row.gone_at,
            version: row.version,
        }
    }
}

async fn list(app: Data<App>, call: Call<ListDestinations>) -> Result<Reply<ListDestinations>, Problem> {
    let scope = Scope::from(&call.caller);
    let limit = page::limit(call.query.limit)?;
    let after: Option<DestinationId> = page::position(call.query.cursor.as_deref())?;
    let after = after.unwrap_or(DestinationId(0));
    let client = app.pool.get().await?;
    let of = status_pages::find(&client, scope, call.path.id).await?.id;
    let rows = store::list(&client, scope, of, after, limit as i64 + 1).await?;
    let views = rows.into_iter().map(|(row, last)| view(&app, row, last, false));
    let position = |view: &Destination| view.id;
    Ok(Reply::new(page::cut(views.collect(), limit, position)))
}

async fn create(app: Data<App>, call: Call<CreateDestination>) -> Result<Reply<CreateDestination>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    // Locked, so that no two are the last that there is room for.
    let page = status_pages::lock(&tx, scope, call.path.id).await?;
    let applied = rules::apply(call.body, None, &components_of(&page.page), &policy(&app));
    let (destination, secret_is_new) = applied.map_err(Problem::invalid)?;
    let row = store::insert(&tx, &app.keyring, scope, page.id, &destination).await?;
    let kept = Kept::of(&app, &row);
    author.created(&tx, &audited(&row), &kept).await?;
    let reply = Reply::new(view(&app, row, None, secret_is_new));
    tx.commit_unless(secret_is_new, &app, &reply).await?;
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetDestination>) -> Result<Reply<GetDestination>, Problem> {
    let scope = Scope::from(&call.caller);
    let client = app.pool.get().await?;
    let row = store::find(&client, scope, call.path.id, call.path.destination).await?;
    let last = report_deliveries::newest(&client, scope, &[row.id]).await?;
    let last = last.into_values().next();
    Ok(Reply::new(view(&app, row, last, false)))
}

async fn edit(app: Data<App>, call: Call<EditDestination>) -> Result<Reply<EditDestination>, Problem> {
    let (scope, author, expected) = (Scope::from(&call.caller), author(&call), call.if_match()?);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let page = status_pages::find(&tx, scope, call.path.id).await?;
    let row = store::lock(&tx, scope, call.path.id, call.path.destination).await?;
    require_version(expected, row.version)?;
    let last = report_deliveries::newest(&tx, scope, &[row.id]).await?;
    let last = last.into_values().next();
    let old = row.old(&app.keyring);
    let applied = rules::apply(call.body, Some(&old), &components_of(&page.page), &policy(&app));
    let (destination, secret_is_new) = applied.map_err(Problem::invalid)?;
    if old.is(&destination) {
        return Ok(Reply::new(view(&app, row, last, false)));
    }
    let changed = store::update(&tx, &app.keyring, &row, &destination).await?;
    let [before, after] = [&row, &changed].map(|row| Kept::of(&app, row));
    author.changed(&tx, &audited(&row), &before, &after).await?;
    tx.commit().await?;
    Ok(Reply::new(view(&app, changed, last, secret_is_new)))
}

async fn delete(app: Data<App>, call: Call<DeleteDestination>) -> Result<Reply<DeleteDestination>, Problem> {
    let scope = Scope::from(&call.caller);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let row = store::lock(&tx, scope, call.path.id, call.path.destination).await?;
    require_version(call.if_match()?, row.version)?;
    store::delete(&tx, &row).await?;
    let kept = Kept::of(&app, &row);
    author(&call).deleted(&tx, &audited(&row), &kept).await?;
    tx.commit().await?;
    Ok(Reply::empty())
}

async fn test(app: Data<App>, call: Call<TestDestination>) -> Result<Reply<TestDestination>, Problem> {
    let scope = Scope::from(&call.caller);
    let (page, row) = {
        let client = app.pool.get().await?;
        let page = status_pages::find(&client, scope, call.path.id).await?;
        let row = store::find(&client, scope, call.path.id, call.path.destination).await?;
        (page, row)
    };
    let error = match (announced_page(&app, &page), row.open(&app.keyring)) {
        (None, _) => Some("the installation has no status pages (PAGES_URL)".to_owned()),
        (_, None) => Some(UNREADABLE_CONFIG.to_owned()),
        (Some(page), Some(config)) => {
            let id = uuid::Builder::from_random_bytes(shared::crypto::random()).into_uuid();
            let message = Message::Test(&page);
            let exchanges = app.outgoing.within(TESTED_WITHIN);
            let fate = post(&exchanges, &config, message, DeliveryId(id), shared::now()).await;
            fate.why().map(str::to_owned)
        }
    };
    Ok(Reply::new(TestOutcome {
        ok: error.is_none(),
        error,
        left_out: None,
    }))
}

async fn deliveries(
    app: Data<App>,
    call: Call<ListDestinationDeliveries>,
) -> Result<Reply<ListDestinationDeliveries>, Problem> {
    let scope = Scope::from(&call.caller);
    let limit = page::limit(call.query.limit)?;
    let before: Option<ReportUpdateId> = page::position(call.query.cursor.as_deref())?;
    let client = app.pool.get().await?;
    let row = store::find(&client, scope, call.path.id, call.path.destination).await?;
    let found = report_deliveries::list(&client, scope, row.id, before, limit as i64 + 1).await?;
    let position = |delivery: &DestinationDelivery| delivery.update_id;
    Ok(Reply::new(page::cut(found, limit, position)))
}
