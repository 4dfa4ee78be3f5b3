//! Whether a certificate may be had for a host: what a proxy in front that fetches certificates as they are needed asks
//! (Caddy's `on_demand_tls`, `ask`). It is answered at the port for operators.

use actix_web::web::{self, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use shared::http::problem::Problem;

use super::sites::Whose;
use crate::Edge;

/// The host, as Caddy calls it, and as everybody else does.
#[derive(Deserialize)]
struct Asked {
    domain: Option<String>,
    host: Option<String>,
}

/// Adds `GET /domains/allowed?host=`.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/domains/allowed", web::get().to(allowed));
}

async fn allowed(edge: Data<Edge>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Query::<Asked>::from_query(request.query_string()).map(Query::into_inner);
    let host = asked.ok().and_then(|asked| asked.domain.or(asked.host));
    let host = host.ok_or_else(|| Problem::bad_request("the query needs a host"))?;
    let nobodys = || Problem::not_found("host of a status page");
    let pages = edge.pages.as_ref().ok_or_else(nobodys)?;
    if host.eq_ignore_ascii_case(&pages.host) {
        return Ok(HttpResponse::Ok().finish());
    }
    match pages.sites.whose(&host).await {
        Whose::Page(_) => Ok(HttpResponse::Ok().finish()),
        Whose::Nobodys => Err(nobodys()),
        Whose::NotKnown => Err(Problem::unavailable("Redis")),
    }
}
