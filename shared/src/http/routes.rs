//! The routes of a service, made from the operations that it answers.

use std::collections::BTreeMap;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, ResponseError as _, Route};
use api::{Listed, Operation};

use crate::http::call::{Call, Reply};
use crate::http::problem::Problem;

/// Routes below [`api::PREFIX`], by their path: so that a literal part comes before a parameter.
#[derive(Default)]
pub struct Routes {
    resources: BTreeMap<&'static str, Vec<Route>>,
    mounted: Vec<&'static str>,
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Routes").field(&self.mounted).finish()
    }
}

impl Routes {
    /// Has `handler` answer the operation that its signature names.
    #[must_use]
    pub fn mount<S, O, Handler, Answer>(self, handler: Handler) -> Self
    where
        S: 'static,
        O: Operation,
        Handler: Fn(Data<S>, Call<O>) -> Answer + Clone + 'static,
        Answer: Future<Output = Result<Reply<O>, Problem>> + 'static,
    {
        let listed = Listed::of::<O>();
        self.route(&listed, method(&listed).to(handler))
    }

    /// As [`Routes::mount`], for a handler that passes on what another service answers, or streams.
    #[must_use]
    pub fn mount_raw<S, O, Handler, Answer>(self, handler: Handler) -> Self
    where
        S: 'static,
        O: Operation,
        Handler: Fn(Data<S>, Call<O>) -> Answer + Clone + 'static,
        Answer: Future<Output = Result<HttpResponse, Problem>> + 'static,
    {
        let listed = Listed::of::<O>();
        self.route(&listed, method(&listed).to(handler))
    }

    /// Has `route` answer an operation without reading it.
    #[must_use]
    pub fn route(mut self, listed: &Listed, route: Route) -> Self {
        self.resources.entry(listed.path).or_default().push(route);
        self.mounted.push(listed.id);
        self
    }

    /// The operations that are answered, by their ids, once for each time that they are mounted.
    pub fn mounted(&self) -> &[&'static str] {
        &self.mounted
    }

    /// Adds the routes to a server. Another address below the prefix is answered 404, another method 405.
    pub fn configure(self, config: &mut ServiceConfig) {
        let mut scope = web::scope(api::PREFIX);
        for (path, routes) in self.resources {
            let resource = web::resource(path).default_service(web::to(no_such_method));
            scope = scope.service(routes.into_iter().fold(resource, actix_web::Resource::route));
        }
        config.service(scope.default_service(web::to(no_such_route)));
    }
}

/// A route for the method of an operation.
pub fn method(listed: &Listed) -> Route {
    match listed.method {
        api::Method::Get => web::get(),
        api::Method::Post => web::post(),
        api::Method::Put => web::put(),
        api::Method::Patch => web::patch(),
        api::Method::Delete => web::delete(),
    }
}

/// 404 for an address that does not exist.
pub async fn no_such_route() -> HttpResponse {
    Problem::not_found("route").error_response()
}

/// 405 for a method that an address does not have.
pub async fn no_such_method() -> HttpResponse {
    let status = actix_web::http::StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(status, "this address does not take this method").error_response()
}
