//! `/search`.

use actix_web::web::Data;
use api::{Search, SearchResults};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use crate::app::App;
use crate::rules::search::{self as rules, Asked};
use crate::store::{Scope, search};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(find)
}

async fn find(app: Data<App>, call: Call<Search>) -> Result<Reply<Search>, Problem> {
    let (scope, query) = (Scope::from(&call.caller), call.query);
    let asked = Asked::read(query.q.as_deref().unwrap_or_default()).map_err(Problem::bad_request)?;
    let limit = rules::limit(query.limit).map_err(Problem::bad_request)?;
    let kinds = rules::kinds(query.kinds.as_deref(), &call.caller).map_err(Problem::bad_request)?;
    if asked.parts.is_empty() || kinds.is_empty() {
        return Ok(Reply::new(SearchResults { groups: Vec::new() }));
    }
    let _place = app.searches.take(scope.org()).await;
    let mut client = app.pool.get().await?;
    let groups = search::find(&mut client, scope, &asked, &kinds, limit).await?;
    Ok(Reply::new(SearchResults { groups }))
}
