//! The id of a request, which goes with it through all services: it stands in every log line of the request, in its answer
//! and in the problem that comes of it.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError as _};
use tracing::Instrument as _;

use super::identity::REQUEST_ID_HEADER;
use super::panics::caught;
use super::problem::Problem;

/// The middleware of an internal API: carries out each request under the id that its caller gave it, or a new one.
///
/// # Errors
/// Those of the request, with its id.
pub async fn identified(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let sent = request.headers().get(REQUEST_ID_HEADER);
    let id = kept_or_new(sent.and_then(|id| id.to_str().ok()));
    let span = tracing::info_span!("request", request_id = id);
    match caught(next.call(request)).instrument(span).await {
        Ok(response) => {
            let problem = response.response().error().and_then(Error::as_error::<Problem>);
            let mut response = match problem.map(|problem| named(problem, &id)) {
                Some(answer) => response.into_response(answer),
                None => response.map_into_boxed_body(),
            };
            identify(response.response_mut(), &id);
            Ok(response)
        }
        Err(error) => {
            let Some(problem) = error.as_error::<Problem>() else {
                return Err(error);
            };
            let mut answer = named(problem, &id);
            identify(&mut answer, &id);
            Err(InternalError::from_response("answered", answer).into())
        }
    }
}

/// The id that a caller has sent, if it is a proper one, or a new one.
pub fn kept_or_new(sent: Option<&str>) -> String {
    let random = || uuid::Builder::from_random_bytes(crate::crypto::random()).into_uuid();
    sent.filter(|id| is_proper(id))
        .map_or_else(|| random().to_string(), ToOwned::to_owned)
}

/// Whether an id is short and plain enough for logs and headers.
fn is_proper(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&id.len()) && id.bytes().all(is_plain)
}

fn named(problem: &Problem, id: &str) -> HttpResponse {
    problem.clone().with_request_id(id).error_response()
}

fn identify(answer: &mut HttpResponse, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        let name = HeaderName::from_static(REQUEST_ID_HEADER);
        answer.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service, read_body_json, try_call_service};
    use actix_web::{App, web};

    use super::*;

    /// What is answered to a request with this id: the status, the id in its head, and that in the problem.
    async fn answered(path: &str, id: &str) -> (u16, String, Option<String>) {
        async fn refused() -> Result<HttpResponse, Problem> {
            Err(Problem::unauthorized())
        }
        async fn fine() -> Result<HttpResponse, Problem> {
            Ok(HttpResponse::Ok().json(serde_json::json!({})))
        }
        async fn panics() -> Result<HttpResponse, Problem> {
            panic!("on purpose")
        }
        let app = App::new()
            .wrap(from_fn(identified))
            .route("/refused", web::get().to(refused))
            .route("/fine", web::get().to(fine))
            .route("/panics", web::get().to(panics));
        let app = init_service(app).await;
        let request = || {
            TestRequest::get()
                .uri(path)
                .insert_header((REQUEST_ID_HEADER, id))
        };
        let response = match try_call_service(&app, request().to_request()).await {
            Ok(response) => response.map_into_boxed_body(),
            Err(error) => ServiceResponse::new(request().to_http_request(), error.error_response()),
        };
        let status = response.status().as_u16();
        let head = response.headers().get(REQUEST_ID_HEADER).unwrap();
        let head = head.to_str().unwrap().to_owned();
        let body: serde_json::Value = read_body_json(response).await;
        (status, head, body["request_id"].as_str().map(str::to_owned))
    }

    #[actix_web::test]
    async fn answers_and_problems_name_the_request_of_the_caller() {
        let id = "r-7_A".to_owned();
        assert_eq!(answered("/fine", &id).await, (200, id.clone(), None));
        for (path, status) in [("/refused", 401), ("/panics", 500)] {
            assert_eq!(answered(path, &id).await, (status, id.clone(), Some(id.clone())));
        }
    }

    #[actix_web::test]
    async fn what_is_no_proper_id_is_replaced() {
        for id in ["", "a b", "x".repeat(65).as_str()] {
            let (_, head, of_problem) = answered("/refused", id).await;
            assert!(head != id && is_proper(&head));
            assert_eq!(of_problem, Some(head));
        }
    }
}
