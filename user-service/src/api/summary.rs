//! `/summary`.

use actix_web::web::Data;
use api::GetSummary;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;

use super::as_of;
use crate::app::App;
use crate::store::Scope;
use crate::store::{summary, summary_as_of};

const HOUR_MS: i64 = 3_600_000;

pub(super) async fn get(app: Data<App>, call: Call<GetSummary>) -> Result<Reply<GetSummary>, Problem> {
    let scope = Scope::from(&call.caller);
    let at = as_of::asked(call.query.at)?;
    let _place = as_of::place(&app, scope, at).await?;
    let mut client = app.pool.get().await?;
    let counts = match at {
        None => summary::read(&client, scope, shared::now().plus_millis(-HOUR_MS)).await?,
        Some(at) => summary_as_of::read(&mut client, scope, at).await?,
    };
    Ok(Reply::new(counts))
}
