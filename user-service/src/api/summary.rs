//! `/summary`.

use actix_web::web::Data;
use api::GetSummary;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;

use crate::app::App;
use crate::store::Scope;
use crate::store::summary;

const HOUR_MS: i64 = 3_600_000;

pub(super) async fn get(app: Data<App>, call: Call<GetSummary>) -> Result<Reply<GetSummary>, Problem> {
    let an_hour_ago = shared::now().plus_millis(-HOUR_MS);
    let client = app.pool.get().await?;
    Ok(Reply::new(
        summary::read(&client, Scope::from(&call.caller), an_hour_ago).await?,
    ))
}
