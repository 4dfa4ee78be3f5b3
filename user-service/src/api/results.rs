//! `/monitors/{id}/results`: each slot, newest first, with those that were not checked.

use actix_web::web::Data;
use api::ListResults;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;

use super::page;
use crate::app::App;
use crate::rules::region;
use crate::store::Scope;
use crate::store::results::Filter;
use crate::store::{monitors, plans, results};

pub(super) async fn list(app: Data<App>, call: Call<ListResults>) -> Result<Reply<ListResults>, Problem> {
    let (id, query) = (call.path.id, call.query);
    let limit = page::limit(query.limit)?;
    let before = page::position(query.cursor.as_deref())?;
    if let Some(wrong) = region::wrong(query.region.as_deref()) {
        return Err(Problem::invalid(vec![wrong]));
    }
    let client = app.pool.get().await?;
    let scope = Scope::from(&call.caller);
    let monitor = monitors::find(&client, &app.keyring, scope, id).await?;
    let filter = Filter {
        from: query.from.max(plans::results_from(&client, scope).await?),
        to: query.to,
        region: query.region,
    };
    let found = results::page(&client, &monitor, filter, before, limit + 1).await?;
    let page = page::cut(found.results, limit, results::position);
    Ok(Reply::new(page::ending_at(page, found.end)))
}
