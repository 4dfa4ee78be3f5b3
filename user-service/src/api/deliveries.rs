//! `/channels/{id}/deliveries` and what is below it.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{Delivery, ListDeliveries, ResendDelivery};
use domain::record::{Lifecycle, LifecycleEvent};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::page;
use crate::app::App;
use crate::store::Scope;
use crate::store::channels::Whose;
use crate::store::deliveries::{self as store, Position};
use crate::store::{channels, monitors, outbox};

pub(crate) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(resend)
}

async fn list(app: Data<App>, call: Call<ListDeliveries>) -> Result<Reply<ListDeliveries>, Problem> {
    let (scope, id, query) = (Scope::from(&call.caller), call.path.id, call.query);
    let limit = page::limit(query.limit)?;
    let after: Option<Position> = page::position(query.cursor.as_deref())?;
    let client = app.pool.get().await?;
    channels::find(&client, scope, Whose::Organisation, id).await?;
    let found = store::page(&client, scope, id, query.status, after, limit as i64 + 1).await?;
    Ok(Reply::new(page::cut(found, limit, |delivery: &Delivery| {
        (delivery.updated_at, delivery.id)
    })))
}

/// Has the alerter send a failed message once more, by way of the log.
async fn resend(app: Data<App>, call: Call<ResendDelivery>) -> Result<Reply<ResendDelivery>, Problem> {
    let (scope, id, delivery) = (Scope::from(&call.caller), call.path.id, call.path.delivery);
    let conflict = |detail: &str| Problem::new(StatusCode::CONFLICT, detail);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let channel = channels::find(&tx, scope, Whose::Organisation, id).await?;
    let failed = store::failed(&tx, scope, id, delivery).await?;
    let failed = failed.ok_or_else(|| {
        conflict("only a message that was given up within seven days can be sent once more")
    })?;
    if failed.monitor_id.drill().is_some() {
        return Err(conflict(
            "a message of a drill is not sent once more: begin another drill",
        ));
    }
    if !channel.enabled {
        return Err(conflict("the channel is disabled"));
    }
    let monitor = monitors::find_or_removed(&tx, &app.keyring, scope, failed.monitor_id).await?;
    let record = Lifecycle {
        incident_id: Some(failed.incident_id),
        delivery_id: Some(delivery),
        probe_revision: None,
        ..monitor.lifecycle(LifecycleEvent::Resend, shared::now())
    };
    outbox::insert(&tx, record).await?;
    tx.commit().await?;
    app.outbox.notify_one();
    Ok(Reply::empty())
}
