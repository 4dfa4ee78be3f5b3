//! `/monitors/{id}/alert-route`.

use actix_web::web::Data;
use api::ExplainAlertRoute;
use domain::routing::{RoutedAlert, RoutedIncident};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use crate::app::App;
use crate::rules::route_explanation::{self, held};
use crate::store::{self, Scope};
use crate::store::{alert_policy, alert_settings, labels, monitors, tags, why};

/// How far an instant may lie from the present for what is down now to be told, in milliseconds.
const PRESENT_MS: i64 = 60_000;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(explain)
}

async fn explain(app: Data<App>, call: Call<ExplainAlertRoute>) -> Result<Reply<ExplainAlertRoute>, Problem> {
    let (scope, id, query) = (Scope::from(&call.caller), call.path.id, call.query);
    let mut client = app.pool.get().await?;
    let tx = store::snapshot(&mut client).await?;
    monitors::find(&tx, &app.keyring, scope, id).await?;
    // What holds alerts back is of the whole organisation, whoever looks.
    let everything = Scope::organisation(scope.org());
    let settings = alert_settings::present(&tx, &app.keyring, everything, &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let labels = labels::of_monitors(&tx, &app.keyring, scope, &[id.0])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let tags = tags::of_monitors(&tx, &[id.0]).await?.remove(&id);
    let now = shared::now();
    let at = query.at.unwrap_or(now);
    let policy = alert_policy::read(&tx, scope, at).await?;
    let known = alert_policy::known(&tx, scope).await?;
    let is_present = at.millis_since(now).abs() <= PRESENT_MS;
    let down = match is_present {
        true => why::down_above(&tx, scope, &labels.depends_on).await?,
        false => Vec::new(),
    };
    let incident = RoutedIncident {
        labels: &labels,
        degraded: query.alert == Some(RoutedAlert::Degraded),
        error_code: query.error_code,
        started_at: at,
    };
    let mut explanation = route_explanation::explain(&incident, tags.unwrap_or_default(), &policy, &known);
    let holding = held::Holding {
        monitor: id,
        incident,
        settings: &settings,
        known: &known,
        down: &down,
        onlooker: scope.onlooker(),
    };
    explanation.held = held::held(&holding, &explanation);
    Ok(Reply::new(match scope.sees_everything(&tx).await? {
        true => explanation,
        false => route_explanation::narrowed(explanation),
    }))
}
