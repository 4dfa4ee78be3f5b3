//! `/status-pages/{id}/statistics`.

use std::time::Duration;

use actix_web::web::Data;
use api::{DayViews, GetStatusPageStatistics, StatusPageStatistics};
use chrono::{Days, NaiveDate};
use domain::StatusPageId;
use fred::interfaces::{ClientLike as _, HashesInterface as _};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use shared::redis::STATUS_PAGE_VIEWS_DAYS;

use crate::app::App;
use crate::store::{Scope, status_pages, subscribers};

/// How long Redis may take.
const PATIENCE: Duration = Duration::from_millis(500);

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(statistics)
}

async fn statistics(
    app: Data<App>,
    call: Call<GetStatusPageStatistics>,
) -> Result<Reply<GetStatusPageStatistics>, Problem> {
    let scope = Scope::from(&call.caller);
    let client = app.pool.get().await?;
    let page = status_pages::find(&client, scope, call.path.id).await?.id;
    let counts = subscribers::counts(&client, scope, page).await?;
    drop(client);
    let today = shared::now().to_datetime().date_naive();
    Ok(Reply::new(StatusPageStatistics {
        days: views(&app, page, today).await,
        subscribers: counts.confirmed,
        waiting_subscribers: counts.pending,
    }))
}

/// What gateways have counted in the days up to `today`; nothing while Redis is away.
async fn views(app: &App, page: StatusPageId, today: NaiveDate) -> Option<Vec<DayViews>> {
    let first = today - Days::new(STATUS_PAGE_VIEWS_DAYS - 1);
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= today).collect();
    let asked = async {
        let pipeline = app.redis.pipeline();
        for day in &days {
            let key = app.redis_keys.status_page_views(*day);
            pipeline.hget::<(), _, _>(key, page.0.to_string()).await?;
        }
        pipeline.all::<Vec<Option<u64>>>().await
    };
    if !app.redis.is_connected() {
        return None;
    }
    let counted = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
    let days = days.into_iter().zip(counted);
    let days = days.map(|(date, views)| DayViews {
        date: date.to_string(),
        views: views.unwrap_or(0),
    });
    Some(days.collect())
}
