//! The OpenAPI document, and pages to read and try it. Everything is embedded: no other host is asked.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use actix_web::web::{self, ServiceConfig};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the document is.
const DOCUMENT: &str = "/api/openapi.json";

/// Where the pages are.
const PAGES: &str = "/api/docs/";

static JSON: LazyLock<String> = LazyLock::new(|| api::document().to_json().unwrap_or_default());

/// Adds both; before the routes of the API, which answer every other address below `/api`.
pub(crate) fn configure(config: &mut ServiceConfig) {
    let pages = SwaggerUi::new(format!("{PAGES}{{_:.*}}")).config(Config::new([DOCUMENT]));
    config
        .route(DOCUMENT, web::get().to(document))
        .route(PAGES.trim_end_matches('/'), web::get().to(to_pages))
        .service(pages);
}

async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(JSON.as_str())
}

async fn to_pages() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, PAGES))
        .finish()
}
