//! `/internal/status-pages/{slug}/subscriptions` and `/internal/subscriptions/*`: what a gateway asks for visitors of status
//! pages. No answer tells whether an address is known.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use api::{AccessKind, Subscriber};
use domain::internal::{SignUp, Subscription, SubscriptionCall};
use domain::monitor::FieldError;
use domain::status_page::SubscriberState;
use shared::http::identity;
use shared::http::problem::{Problem, parse_json};
use shared::http::request::read_body;

use crate::app::App;
use crate::mail::NO_SERVER;
use crate::metrics as names;
use crate::rules::status_page::has_domain;
use crate::rules::subscription::{self as rules, LinkError, SubscriptionLink};
use crate::store::status_pages::{self, PageRow};
use crate::store::subscribers::{self, By};
use crate::subscription_limits::count_sign_up;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .route("/status-pages/{slug}/subscriptions", web::post().to(sign_up))
        .route("/subscriptions/show", web::post().to(show))
        .route("/subscriptions/confirm", web::post().to(confirm))
        .route("/subscriptions/components", web::post().to(choose))
        .route("/subscriptions/unsubscribe", web::post().to(unsubscribe));
}

/// Somebody has entered an address on a page.
async fn sign_up(
    app: Data<App>,
    request: HttpRequest,
    slug: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let given: SignUp = parse_json(&read_body(payload).await?)?;
    require_mails(&app)?;
    let client = app.pool.get().await?;
    let page = status_pages::visible_by_slug(&client, &slug).await?;
    let page = page.ok_or_else(|| Problem::not_found("status page"))?;
    let wrong = |wrong| Problem::invalid(vec![FieldError::new("email", wrong)]);
    let address = rules::address(&given.email).map_err(wrong)?;
    let access = &page.page.access;
    if access.kind == AccessKind::EmailDomain && !has_domain(&address, &access.email_domains) {
        return Err(wrong("must be of a domain whose mailboxes may see the page"));
    }
    let components = rules::components(given.components.as_deref(), &rules::components_of(&page.page));
    let components = components.map_err(|error| Problem::invalid(vec![error]))?;
    if let Some(wait) = count_sign_up(&app, page.id, identity::client_address(&request)).await? {
        return Err(Problem::too_many_for(wait));
    }
    // Before the address is looked at, which is nobody's business.
    if !subscribers::has_room(&client, page.id, 1).await? {
        tracing::warn!(
            page = page.id.0,
            "a status page has as many subscribers as it may have"
        );
        return Err(Problem::unavailable("the list of subscribers"));
    }
    let asked = subscribers::sign_up(&client, &page, &[address], components.as_deref(), By::Visitor).await?;
    metrics::counter!(names::PAGE_SUBSCRIPTIONS, "change" => "asked").increment(asked);
    app.answers.notify_one();
    Ok(HttpResponse::Accepted().finish())
}

/// Requires that a mail reaches somebody.
///
/// # Errors
/// 409 where there is no mail server.
pub(super) fn require_mails(app: &App) -> Result<(), Problem> {
    match app.mailer.is_set() {
        true => Ok(()),
        false => Err(Problem::new(StatusCode::CONFLICT, NO_SERVER)),
    }
}

/// A link of a mail to a subscriber, and what it opens.
struct Opened {
    link: SubscriptionLink,
    page: PageRow,
    subscriber: Subscriber,
}

/// What a token opens, on a page that is there for visitors.
///
/// # Errors
/// 400 for what cannot be a token, 404 for one that opens nothing.
async fn open(app: &App, token: &str) -> Result<Opened, Problem> {
    let link = read(app, token)?;
    let client = app.pool.get().await?;
    let subscriber = subscribers::of_link(&client, &link).await?;
    let page = status_pages::visible(&client, link.page).await?;
    match subscriber.zip(page) {
        Some((subscriber, page)) => Ok(Opened {
            link,
            page,
            subscriber,
        }),
        None => Err(unknown()),
    }
}

fn read(app: &App, token: &str) -> Result<SubscriptionLink, Problem> {
    SubscriptionLink::read(token, &app.keyring).map_err(|error| match error {
        LinkError::Malformed => Problem::bad_request("the token cannot be one of a link in a mail"),
        LinkError::Unknown => unknown(),
    })
}

fn unknown() -> Problem {
    Problem::not_found("link")
}

impl Opened {
    fn answer(self) -> HttpResponse {
        let Self {
            link,
            page,
            subscriber,
        } = self;
        HttpResponse::Ok().json(Subscription {
            slug: page.page.settings.slug,
            address: rules::masked(&subscriber.address),
            can_confirm: subscriber.state == SubscriberState::Pending && link.can_confirm(shared::now()),
            state: subscriber.state,
            components: subscriber.components,
        })
    }
}

async fn show(app: Data<App>, payload: Payload) -> Result<HttpResponse, Problem> {
    let call: SubscriptionCall = parse_json(&read_body(payload).await?)?;
    Ok(open(&app, &call.token).await?.answer())
}

async fn confirm(app: Data<App>, payload: Payload) -> Result<HttpResponse, Problem> {
    let call: SubscriptionCall = parse_json(&read_body(payload).await?)?;
    let before = open(&app, &call.token).await?;
    if before.subscriber.state == SubscriberState::Confirmed {
        return Ok(before.answer());
    }
    if before.subscriber.state != SubscriberState::Pending || !before.link.can_confirm(shared::now()) {
        return Err(Problem::new(
            StatusCode::GONE,
            "the link confirms no more: enter the address on the status page again",
        ));
    }
    subscribers::confirm(&app.pool.get().await?, &before.link).await?;
    metrics::counter!(names::PAGE_SUBSCRIPTIONS, "change" => "confirmed").increment(1);
    Ok(open(&app, &call.token).await?.answer())
}

async fn choose(app: Data<App>, payload: Payload) -> Result<HttpResponse, Problem> {
    let call: SubscriptionCall = parse_json(&read_body(payload).await?)?;
    let before = open(&app, &call.token).await?;
    let components = rules::components(
        call.components.as_deref(),
        &rules::components_of(&before.page.page),
    );
    let components = components.map_err(|error| Problem::invalid(vec![error]))?;
    subscribers::choose(&app.pool.get().await?, &before.link, components.as_deref()).await?;
    Ok(open(&app, &call.token).await?.answer())
}

/// Whoever has the link gets no mails any more, whether there is anything to end or not.
async fn unsubscribe(app: Data<App>, payload: Payload) -> Result<HttpResponse, Problem> {
    let call: SubscriptionCall = parse_json(&read_body(payload).await?)?;
    let link = read(&app, &call.token)?;
    if subscribers::unsubscribe(&app.pool.get().await?, &link).await? {
        metrics::counter!(names::PAGE_SUBSCRIPTIONS, "change" => "unsubscribed").increment(1);
    }
    Ok(HttpResponse::Ok().finish())
}
