//! The public API's routes. What is not listed here does not exist: user-service has more of its own.

use actix_web::web::{self, ServiceConfig};

use crate::{channel_test, check, edge, live, proxy, slack, stream};

/// Adds the routes under `/api`.
pub(crate) fn configure(config: &mut ServiceConfig) {
    let mut v1 = web::scope("/v1");
    for path in ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout"] {
        v1 = v1.service(resource(path).route(web::post().to(proxy::auth)));
    }
    for path in [
        "/me",
        "/monitors/{id}/results",
        "/monitors/{id}/series",
        "/monitors/{id}/uptime",
        "/incidents",
        "/incidents/{id}",
        "/incidents/{id}/events",
        "/summary",
    ] {
        v1 = v1.service(resource(path).route(web::get().to(proxy::pass)));
    }
    for path in [
        "/monitors/{id}/pause",
        "/monitors/{id}/resume",
        "/monitors/{id}/mute",
        "/monitors/{id}/unmute",
        "/incidents/{id}/acknowledge",
        "/incidents/{id}/notes",
    ] {
        v1 = v1.service(resource(path).route(web::post().to(proxy::pass)));
    }
    let v1 = v1
        .service(
            resource("/monitors")
                .route(web::get().to(proxy::pass))
                .route(web::post().to(proxy::pass)),
        )
        .service(resource("/monitors/preview").route(web::post().to(check::preview)))
        .service(resource("/monitors/{id}/check-now").route(web::post().to(check::now)))
        .service(
            resource("/monitors/{id}")
                .route(web::get().to(proxy::pass))
                .route(web::patch().to(proxy::pass))
                .route(web::delete().to(proxy::pass)),
        )
        .service(resource("/monitors/{id}/status").route(web::get().to(live::status)))
        .service(
            resource("/channels")
                .route(web::get().to(proxy::pass))
                .route(web::post().to(proxy::pass)),
        )
        .service(
            resource("/channels/{id}")
                .route(web::get().to(proxy::pass))
                .route(web::patch().to(proxy::pass))
                .route(web::delete().to(proxy::pass)),
        )
        .service(
            resource("/maintenance-windows")
                .route(web::get().to(proxy::pass))
                .route(web::post().to(proxy::pass)),
        )
        .service(
            resource("/maintenance-windows/{id}")
                .route(web::get().to(proxy::pass))
                .route(web::patch().to(proxy::pass))
                .route(web::delete().to(proxy::pass)),
        )
        .service(resource("/channels/{id}/deliveries").route(web::get().to(proxy::pass)))
        .service(resource("/channels/{id}/deliveries/{delivery}/resend").route(web::post().to(proxy::pass)))
        .service(resource("/channels/{id}/test").route(web::post().to(channel_test::send)))
        .service(resource("/stream").route(web::get().to(stream::open)));
    let v1 = v1.default_service(web::to(edge::no_such_route));
    config.service(
        web::scope("/api")
            .service(v1)
            .service(resource("/slack/interactions/{channel_id}").route(web::post().to(slack::interact)))
            .default_service(web::to(edge::no_such_route)),
    );
}

fn resource(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(edge::no_such_method))
}
