//! The public API's routes, made from the list of its operations. What is not listed does not exist, although
//! user-service answers more.

use actix_web::web::{self, Data, ServiceConfig};
use api::{Rate, Server};
use shared::http::call::Reception;
use shared::http::problem::Problem;
use shared::http::routes::{Routes, method, no_such_method, no_such_route};

use crate::authenticate::{Concern, authenticate};
use crate::{Edge, channel_test, check, live, proxy, sessions, slack, stream};

/// Every operation of the API.
fn routes() -> Routes {
    let passed_on = api::operations()
        .into_iter()
        .filter(|listed| listed.served_by == Server::UserService);
    let routes = passed_on.fold(Routes::default(), |routes, listed| {
        let route = method(&listed);
        let route = match (listed.needs_credential, listed.rate) {
            (true, _) => route.to(move |edge, request, payload| proxy::pass(listed, edge, request, payload)),
            (false, Rate::Link) => {
                route.to(move |edge, request, payload| proxy::link(listed, edge, request, payload))
            }
            (false, _) => {
                route.to(move |edge, request, payload| sessions::pass(listed, edge, request, payload))
            }
        };
        routes.route(&listed, route)
    });
    routes
        .mount_raw(check::preview)
        .mount_raw(check::now)
        .mount_raw(live::status)
        .mount(channel_test::send)
        .mount(channel_test::send_own)
        .mount_raw(stream::open)
}

/// Adds the routes under `/api`.
pub(crate) fn configure(edge: &Data<Edge>, config: &mut ServiceConfig) {
    let (authenticating, limiting) = (edge.clone(), edge.clone());
    let reception = Reception::new(
        // What the gateway answers itself is the organisation's.
        move |request| authenticate(&authenticating, request, Concern::Organisation),
        proxy::BODY_WITHIN,
    )
    .with_limits(move |request, rate, principal| match (rate, principal) {
        // Counted when the credential was verified.
        (Rate::Api, Some(_)) => Ok(()),
        (Rate::Check, Some(principal)) => limiting.limits.checks(request, principal.org_id.0),
        (rate, _) => Err(Problem::internal(format!("nothing counts {rate:?} here"))),
    });
    config
        .app_data(Data::new(reception))
        .configure(|config| routes().configure(config))
        .service(
            web::scope("/api")
                .service(
                    web::resource("/slack/interactions/{channel_id}")
                        .route(web::post().to(slack::interact))
                        .default_service(web::to(no_such_method)),
                )
                .default_service(web::to(no_such_route)),
        );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_operation_is_mounted_exactly_once() {
        let routes = routes();
        let mounted: BTreeSet<&str> = routes.mounted().iter().copied().collect();
        assert_eq!(mounted.len(), routes.mounted().len());
        let operations = api::operations();
        assert_eq!(mounted, operations.iter().map(|one| one.id).collect());
    }

    #[test]
    fn each_operation_is_counted_where_its_caller_is_known() {
        for operation in api::operations() {
            let by_caller = matches!(operation.rate, Rate::Api | Rate::Check);
            assert_eq!(by_caller, operation.needs_credential, "{}", operation.id);
            // user-service knows the role, and only then may it count for the organisation.
            let is_check = operation.rate == Rate::Check;
            assert!(
                !is_check || operation.served_by == Server::Gateway,
                "{}",
                operation.id
            );
        }
    }
}
