//! The dashboard, as npm built it, inside the binary.

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../dashboard/dist"]
struct Dist;

/// The page of the single-page application, which does the routing from there.
const INDEX: &str = "index.html";

/// What services answer to each other, and a dashboard never will.
const NOT_PAGES: [&str; 3] = ["internal", "metrics", "health"];

const NOT_BUILT: &str = "The dashboard was not built into this gateway. Run `make dashboard` and build it again; \
                         the API is at /api/v1.\n";

/// Serves a file of the dashboard, or its page for every address that is not a file's.
pub(crate) async fn serve(request: HttpRequest) -> HttpResponse {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return shared::http::routes::no_such_method().await;
    }
    let path = request.path().trim_start_matches('/');
    // A page in their place would look like an answer.
    if path
        .split('/')
        .next()
        .is_some_and(|first| NOT_PAGES.contains(&first))
    {
        return shared::http::routes::no_such_route().await;
    }
    if let Some(file) = Dist::get(path).filter(|_| !path.is_empty()) {
        return respond(&request, path, &file);
    }
    // A missing asset must not be answered with a page: a browser would take it for a script.
    if path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return shared::http::routes::no_such_route().await;
    }
    match Dist::get(INDEX) {
        Some(file) => respond(&request, INDEX, &file),
        None => HttpResponse::ServiceUnavailable()
            .content_type("text/plain; charset=utf-8")
            .body(NOT_BUILT),
    }
}

fn respond(request: &HttpRequest, path: &str, file: &EmbeddedFile) -> HttpResponse {
    use std::fmt::Write as _;
    let mut etag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        // Writing to a string cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    // The names of assets hold a hash of their content.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == etag.as_bytes());
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((ETAG, etag));
    if known {
        return response.finish();
    }
    let media_type = mime_guess::from_path(path).first_or_octet_stream();
    response
        .content_type(media_type.essence_str())
        .body(file.data.to_vec())
}
