//! `/monitors/{id}/alert-route`.

use actix_web::web::Data;
use api::ExplainAlertRoute;
use domain::routing::{RoutedAlert, RoutedIncident};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use crate::app::App;
use crate::rules::route_explanation;
use crate::store::{self, Scope};
use crate::store::{alert_policy, labels, monitors, tags};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(explain)
}

async fn explain(app: Data<App>, call: Call<ExplainAlertRoute>) -> Result<Reply<ExplainAlertRoute>, Problem> {
    let (scope, id, query) = (Scope::from(&call.caller), call.path.id, call.query);
    let mut client = app.pool.get().await?;
    let tx = store::snapshot(&mut client).await?;
    monitors::find(&tx, &app.keyring, scope, id).await?;
    let labels = labels::of_monitors(&tx, &app.keyring, scope, &[id.0])
        .await?
        .remove(&id);
    let tags = tags::of_monitors(&tx, &[id.0]).await?.remove(&id);
    let at = query.at.unwrap_or_else(shared::now);
    let policy = alert_policy::read(&tx, scope, at).await?;
    let known = alert_policy::known(&tx, scope).await?;
    let incident = RoutedIncident {
        labels: &labels.unwrap_or_default(),
        degraded: query.alert == Some(RoutedAlert::Degraded),
        error_code: query.error_code,
        started_at: at,
    };
    let tags = tags.unwrap_or_default();
    let explanation = route_explanation::explain(&incident, tags, &policy, &known);
    Ok(Reply::new(match scope.sees_everything(&tx).await? {
        true => explanation,
        false => route_explanation::narrowed(explanation),
    }))
}
