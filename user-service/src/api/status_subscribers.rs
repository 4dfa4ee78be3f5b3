//! `/status-pages/{id}/subscribers`, and what came of the mails to them.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{
    AddSubscribers, AddedSubscribers, GetReportNotices, ListSubscribers, RemoveSubscriber, ReportNotices,
    Subscriber, SubscriberPage,
};
use chrono::{DateTime, Utc};
use domain::ComponentId;
use domain::status_page::SubscriberState;
use serde::Serialize;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::subscriptions::require_mails;
use super::{no_version, page};
use crate::app::App;
use crate::metrics as names;
use crate::rules::subscription as rules;
use crate::store::audit::Resource;
use crate::store::subscribers::{self, By, Filter};
use crate::store::{Scope, notices, status_pages, status_reports};
use crate::verification;

/// The longest part of an address that can be searched for, in bytes.
const MAX_SEARCH: usize = 254;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(add).mount(remove).mount(receipts)
}

async fn list(app: Data<App>, call: Call<ListSubscribers>) -> Result<Reply<ListSubscribers>, Problem> {
    let scope = Scope::from(&call.caller);
    let limit = page::limit(call.query.limit)?;
    let search = call.query.search.as_deref();
    page::text("search", search)?;
    if search.is_some_and(|text| text.len() > MAX_SEARCH) {
        return Err(Problem::bad_request(format!(
            "search must have at most {MAX_SEARCH} bytes"
        )));
    }
    let filter = Filter {
        state: call.query.state,
        search,
        after: page::position(call.query.cursor.as_deref())?,
    };
    let client = app.pool.get().await?;
    let of = status_pages::find(&client, scope, call.path.id).await?.id;
    let found = subscribers::list(&client, scope, of, &filter, limit as i64 + 1).await?;
    let cut = page::cut(found, limit, |one: &Subscriber| {
        (DateTime::<Utc>::from(one.created_at), one.id)
    });
    Ok(Reply::new(SubscriberPage {
        items: cut.items,
        next_cursor: cut.next_cursor,
        counts: subscribers::counts(&client, scope, of).await?,
    }))
}

/// What the audit log keeps of addresses that were asked: not which they were, for it is kept for long.
#[derive(Serialize)]
struct AuditedAddition {
    addresses: usize,
    asked: u64,
    components: Option<Vec<ComponentId>>,
}

async fn add(app: Data<App>, call: Call<AddSubscribers>) -> Result<Reply<AddSubscribers>, Problem> {
    let scope = Scope::from(&call.caller);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    scope.take_turn(&tx).await?;
    let page = status_pages::find(&tx, scope, call.path.id).await?;
    require_mails(&app)?;
    // Who has not shown that the own address is theirs has no mails sent to others.
    verification::require(&app, &tx, call.caller.user_id()).await?;
    let addresses = rules::addresses(call.body.addresses.as_deref()).map_err(Problem::invalid)?;
    let chosen = call.body.components.as_ref();
    let chosen: Option<Vec<ComponentId>> = chosen.map(|ids| ids.iter().copied().map(ComponentId).collect());
    let components = rules::components(chosen.as_deref(), &rules::components_of(&page.page));
    let components = components.map_err(|error| Problem::invalid(vec![error]))?;
    if !subscribers::has_room(&tx, page.id, addresses.len() as i64).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "the status page cannot have so many subscribers",
        ));
    }
    let asked = subscribers::sign_up(&tx, &page, &addresses, components.as_deref(), By::Operator).await?;
    let audited = AuditedAddition {
        addresses: addresses.len(),
        asked,
        components,
    };
    let resource = Resource::new("status_page_subscribers", page.id);
    author(&call).created(&tx, &resource, &audited).await?;
    tx.commit().await?;
    metrics::counter!(names::PAGE_SUBSCRIPTIONS, "change" => "asked").increment(asked);
    app.answers.notify_one();
    Ok(Reply::new(AddedSubscribers {
        asked,
        unchanged: addresses.len() as u64 - asked,
    }))
}

/// What the audit log keeps of a subscriber: not the address.
#[derive(Serialize)]
struct AuditedSubscriber {
    status_page_id: i64,
    state: SubscriberState,
    components: Option<Vec<ComponentId>>,
}

async fn remove(app: Data<App>, call: Call<RemoveSubscriber>) -> Result<Reply<RemoveSubscriber>, Problem> {
    let scope = Scope::from(&call.caller);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let page = status_pages::find(&tx, scope, call.path.id).await?.id;
    let gone = subscribers::delete(&tx, scope, page, call.path.subscriber).await?;
    no_version(&call)?;
    let audited = AuditedSubscriber {
        status_page_id: page.0,
        state: gone.state,
        components: gone.components,
    };
    let resource = Resource::new("status_page_subscriber", gone.id);
    author(&call).deleted(&tx, &resource, &audited).await?;
    tx.commit().await?;
    Ok(Reply::empty())
}

async fn receipts(app: Data<App>, call: Call<GetReportNotices>) -> Result<Reply<GetReportNotices>, Problem> {
    let scope = Scope::from(&call.caller);
    let client = app.pool.get().await?;
    let report = status_reports::find(&client, scope, call.path.id).await?.id;
    Ok(Reply::new(ReportNotices {
        items: notices::of_report(&client, scope, report).await?,
    }))
}
