//! `/monitors/{id}/backtest` and `/backtests`.

use std::time::Duration;

use actix_web::web::Data;
use api::{BacktestMonitor, BacktestMonitors};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use crate::app::App;
use crate::backtests::Backtests;
use crate::store::Scope;

/// How long a backtest may take, so that there is time for an answer.
const WITHIN: Duration = Duration::from_secs(9);

/// How long the answer to one may take: gateways wait longer.
pub(super) const DEADLINE: Duration = Duration::from_millis(10_500);

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(of_one).mount(of_selected)
}

fn backtests(app: &App) -> Backtests<'_> {
    Backtests {
        pool: &app.pool,
        keyring: &app.keyring,
        simulations: &app.simulations,
        within: WITHIN,
    }
}

async fn of_one(app: Data<App>, call: Call<BacktestMonitor>) -> Result<Reply<BacktestMonitor>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let made = backtests(&app).of_one(scope, id, call.body).await?;
    Ok(Reply::new(made))
}

async fn of_selected(
    app: Data<App>,
    call: Call<BacktestMonitors>,
) -> Result<Reply<BacktestMonitors>, Problem> {
    let (scope, input) = (Scope::from(&call.caller), call.body);
    let backtests = backtests(&app);
    let made = backtests
        .of_selected(scope, input.selection, input.backtest)
        .await?;
    Ok(Reply::new(made))
}
