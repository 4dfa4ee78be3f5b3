//! Subscriptions to a page: what visitors and mail programs ask for, passed on to user-service, which alone knows who
//! subscribes. Following a link changes nothing. Who has the link of a mail needs no pass: the page may not be theirs to see
//! any more, and they want no more mails about it.

use ::pages::Document;
use ::pages::document::Guard;
use ::pages::html::{self, Noticed, SignedUp, Subscriber};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::{Bytes, Payload};
use domain::internal::{SignUp, Subscription, SubscriptionCall};
use domain::status_page::SubscriberState;
use domain::{ComponentId, EmailAddress};
use http_body_util::Full;
use serde::Serialize;
use shared::http::identity::{CLIENT_IP_HEADER, INTERNAL_KEY_HEADER};
use shared::http::problem::Problem;
use url::form_urlencoded;

use super::answer::For;
use super::door::{form, is_in, parameter};
use super::{Pages, Visit};
use crate::Edge;
use crate::metrics::PageOutcome;

/// The largest form, in bytes: all components of a page may be chosen.
const MAX_FORM: usize = 16 * 1024;

/// The longest token that is passed on.
const MAX_TOKEN: usize = 256;

type Answered = (HttpResponse, PageOutcome);

/// What user-service has answered.
struct Heard {
    status: StatusCode,
    retry_after: Option<http::HeaderValue>,
    body: Bytes,
}

/// Asks user-service. Nothing where it does not answer, or has too much to do.
async fn ask(
    edge: &Edge,
    pages: &Pages,
    visit: &Visit<'_>,
    path: &str,
    body: &impl Serialize,
) -> Option<Heard> {
    let _permit = pages.linking.try_acquire().ok()?;
    let settings = &edge.settings;
    let request = http::Request::post(format!("{}/internal/{path}", settings.user_service_url))
        .header(INTERNAL_KEY_HEADER, settings.internal_keys.current())
        .header(CLIENT_IP_HEADER, visit.client.to_string())
        .header(CONTENT_TYPE.as_str(), "application/json")
        .body(Full::from(serde_json::to_vec(body).ok()?))
        .ok()?;
    match edge.upstream.send(request).await {
        Ok(answer) => {
            let (head, body) = answer.into_parts();
            Some(Heard {
                status: StatusCode::from_u16(head.status.as_u16()).ok()?,
                retry_after: head.headers.get(RETRY_AFTER.as_str()).cloned(),
                body,
            })
        }
        Err(error) => {
            tracing::warn!(upstream = "user-service", %error, "a subscription was not passed on");
            None
        }
    }
}

/// `POST subscribe`, by who may see the page.
pub(super) async fn sign_up(
    edge: &Edge,
    pages: &Pages,
    visit: &Visit<'_>,
    document: &Document,
    payload: Payload,
) -> Answered {
    let form = match form(edge, pages, visit, document, payload, MAX_FORM).await {
        Ok(form) => form,
        Err(refused) => return (refused, PageOutcome::Refused),
    };
    let Ok(email) = EmailAddress::parse(&parameter(&form, "email").unwrap_or_default()) else {
        return signed_up(pages, document, SignedUp::NoAddress);
    };
    if let Guard::EmailDomain { domains } = &document.guard
        && !is_in(domains, &email)
    {
        return signed_up(pages, document, SignedUp::OtherDomain);
    }
    let body = SignUp {
        email: email.mailbox().to_owned(),
        components: chosen(&form),
    };
    let path = format!("status-pages/{}/subscriptions", document.slug);
    let Some(heard) = ask(edge, pages, visit, &path, &body).await else {
        return signed_up(pages, document, SignedUp::Unavailable);
    };
    let (mut response, outcome) = match heard.status {
        status if status.is_success() => signed_up(pages, document, SignedUp::Sent),
        StatusCode::NOT_FOUND => (pages.answers.not_found(For::People), PageOutcome::NotFound),
        StatusCode::UNPROCESSABLE_ENTITY => signed_up(pages, document, wrong(&heard.body)),
        StatusCode::TOO_MANY_REQUESTS => signed_up(pages, document, SignedUp::TooMany),
        _ => signed_up(pages, document, SignedUp::Unavailable),
    };
    let wait = heard.retry_after.as_ref();
    if let Some(wait) =
        wait.and_then(|wait| actix_web::http::header::HeaderValue::from_bytes(wait.as_bytes()).ok())
    {
        response.headers_mut().insert(RETRY_AFTER, wait);
    }
    (response, outcome)
}

/// What is wrong with what was entered.
fn wrong(problem: &[u8]) -> SignedUp {
    let problem = serde_json::from_slice::<Problem>(problem);
    let is_component = |problem: Problem| problem.errors().iter().any(|error| error.field == "components");
    match problem.is_ok_and(is_component) {
        true => SignedUp::GoneComponent,
        false => SignedUp::NoAddress,
    }
}

fn signed_up(pages: &Pages, document: &Document, what: SignedUp) -> Answered {
    let (status, outcome) = match what {
        SignedUp::Sent => (StatusCode::OK, PageOutcome::Rendered),
        SignedUp::NoAddress | SignedUp::OtherDomain | SignedUp::GoneComponent => {
            (StatusCode::UNPROCESSABLE_ENTITY, PageOutcome::Refused)
        }
        SignedUp::TooMany => (StatusCode::TOO_MANY_REQUESTS, PageOutcome::Refused),
        SignedUp::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, PageOutcome::Unavailable),
    };
    let body = html::signed_up(document, what);
    (pages.answers.about(document, status, body), outcome)
}

/// The components that are ticked; none for all of them.
fn chosen(form: &[u8]) -> Option<Vec<ComponentId>> {
    let fields = form_urlencoded::parse(form).filter(|(name, _)| name == "component");
    // What is no number is no component that there is.
    let chosen: Vec<_> = fields
        .map(|(_, id)| ComponentId(id.parse().unwrap_or(0)))
        .collect();
    (!chosen.is_empty()).then_some(chosen)
}

/// The token in the address.
fn token(visit: &Visit<'_>) -> Option<String> {
    let token = parameter(visit.request.query_string().as_bytes(), "token")?;
    (token.len() <= MAX_TOKEN).then_some(token)
}

/// `GET subscription`: where links in mails lead.
pub(super) async fn shown(edge: &Edge, pages: &Pages, visit: &Visit<'_>, document: &Document) -> Answered {
    let Some(token) = token(visit) else {
        return unknown(pages, document, StatusCode::NOT_FOUND);
    };
    let call = SubscriptionCall {
        token,
        components: None,
    };
    let heard = ask(edge, pages, visit, "subscriptions/show", &call).await;
    told(pages, document, &call, heard, None)
}

/// `POST subscription`: a button there was pressed.
pub(super) async fn change(
    edge: &Edge,
    pages: &Pages,
    visit: &Visit<'_>,
    document: &Document,
    payload: Payload,
) -> Answered {
    let form = match form(edge, pages, visit, document, payload, MAX_FORM).await {
        Ok(form) => form,
        Err(refused) => return (refused, PageOutcome::Refused),
    };
    let token = parameter(&form, "token").unwrap_or_default();
    if token.len() > MAX_TOKEN {
        return unknown(pages, document, StatusCode::NOT_FOUND);
    }
    let call = |components| SubscriptionCall {
        token: token.clone(),
        components,
    };
    match parameter(&form, "do").as_deref() {
        Some("confirm") => {
            let call = call(None);
            let heard = ask(edge, pages, visit, "subscriptions/confirm", &call).await;
            told(pages, document, &call, heard, Some(Noticed::Confirmed))
        }
        _ => {
            let call = call(chosen(&form));
            let heard = ask(edge, pages, visit, "subscriptions/components", &call).await;
            let is_gone = heard
                .as_ref()
                .is_some_and(|heard| heard.status == StatusCode::UNPROCESSABLE_ENTITY);
            match is_gone {
                true => {
                    let heard = ask(edge, pages, visit, "subscriptions/show", &call).await;
                    told(pages, document, &call, heard, Some(Noticed::GoneComponent))
                }
                false => told(pages, document, &call, heard, Some(Noticed::Saved)),
            }
        }
    }
}

/// The subscription, if the link is one of this page.
fn told(
    pages: &Pages,
    document: &Document,
    call: &SubscriptionCall,
    heard: Option<Heard>,
    noticed: Option<Noticed>,
) -> Answered {
    let Some(heard) = heard else {
        return (pages.answers.unavailable(For::People), PageOutcome::Unavailable);
    };
    let subscriber = Subscriber {
        token: &call.token,
        address: "",
        state: SubscriberState::Pending,
        components: None,
        can_confirm: false,
    };
    let show = |status, subscriber: &Subscriber<'_>, noticed, outcome| {
        let body = html::subscription(document, subscriber, noticed);
        (pages.answers.about(document, status, body), outcome)
    };
    match heard.status {
        StatusCode::OK => match serde_json::from_slice::<Subscription>(&heard.body) {
            Ok(found) if found.slug == document.slug => {
                let subscriber = Subscriber {
                    address: &found.address,
                    state: found.state,
                    components: found.components.as_deref(),
                    can_confirm: found.can_confirm,
                    ..subscriber
                };
                show(StatusCode::OK, &subscriber, noticed, PageOutcome::Rendered)
            }
            Ok(_) => unknown(pages, document, StatusCode::NOT_FOUND),
            Err(error) => {
                tracing::warn!(upstream = "user-service", %error, "a subscription cannot be read");
                (pages.answers.unavailable(For::People), PageOutcome::Unavailable)
            }
        },
        StatusCode::GONE => show(StatusCode::GONE, &subscriber, None, PageOutcome::Refused),
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => unknown(pages, document, StatusCode::NOT_FOUND),
        _ => (pages.answers.unavailable(For::People), PageOutcome::Unavailable),
    }
}

/// `GET unsubscribe`: asks, and ends nothing.
pub(super) fn ask_end(pages: &Pages, visit: &Visit<'_>, document: &Document) -> Answered {
    match token(visit) {
        Some(token) => {
            let body = html::ask_unsubscribe(document, &token);
            let response = pages.answers.about(document, StatusCode::OK, body);
            (response, PageOutcome::Rendered)
        }
        None => unknown(pages, document, StatusCode::NOT_FOUND),
    }
}

/// `POST unsubscribe`: by the button, or by a mail program (RFC 8058), which comes from anywhere and reads only the status.
pub(super) async fn end(edge: &Edge, pages: &Pages, visit: &Visit<'_>, document: &Document) -> Answered {
    let Some(token) = token(visit) else {
        return unknown(pages, document, StatusCode::BAD_REQUEST);
    };
    let call = SubscriptionCall {
        token,
        components: None,
    };
    let heard = ask(edge, pages, visit, "subscriptions/unsubscribe", &call).await;
    match heard.map(|heard| heard.status) {
        Some(StatusCode::OK) => {
            let body = html::unsubscribed(document);
            let response = pages.answers.about(document, StatusCode::OK, body);
            (response, PageOutcome::Rendered)
        }
        Some(status @ (StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND)) => unknown(pages, document, status),
        _ => (pages.answers.unavailable(For::People), PageOutcome::Unavailable),
    }
}

fn unknown(pages: &Pages, document: &Document, status: StatusCode) -> Answered {
    let outcome = match status {
        StatusCode::NOT_FOUND => PageOutcome::NotFound,
        _ => PageOutcome::Refused,
    };
    let body = html::unknown_subscription(document);
    (pages.answers.about(document, status, body), outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ticked_is_chosen() {
        assert_eq!(chosen(b"email=a%40b.org"), None);
        let ids = |form: &[u8]| chosen(form).map(|ids| ids.into_iter().map(|id| id.0).collect::<Vec<_>>());
        assert_eq!(ids(b"component=3&email=x&component=5"), Some(vec![3, 5]));
        assert_eq!(ids(b"component=x"), Some(vec![0]));
    }

    #[test]
    fn what_is_wrong_is_told_by_the_field() {
        let problem = |field: &str| {
            let error = domain::monitor::FieldError::new(field, "is wrong");
            serde_json::to_vec(&Problem::invalid(vec![error])).unwrap()
        };
        assert_eq!(wrong(&problem("components")), SignedUp::GoneComponent);
        assert_eq!(wrong(&problem("email")), SignedUp::NoAddress);
        assert_eq!(wrong(b"{}"), SignedUp::NoAddress);
    }
}
