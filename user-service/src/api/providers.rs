//! `/auth/providers`: sending people to a provider, and taking them back.

use actix_web::HttpRequest;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use api::{
    CallbackQuery, FinishSignIn, ListProviders, Operation, ProviderList, ProviderLocation,
    StartInvitedSignIn, StartSignIn,
};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use subtle::ConstantTimeEq as _;

use super::joining::invited_address;
use super::onward::Onward;
use super::provider_sign_in::{confirm, link, sign_in};
use crate::app::App;
use crate::metrics as names;
use crate::providers::{Freshness, Person, Provider, ProviderError};
use crate::rules::sign_in::{Failure, Purpose, return_path};
use crate::sealed_cookie::{self, Away};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(start).mount(start_invited).mount(finish)
}

fn unknown() -> Problem {
    Problem::not_found("provider")
}

async fn list(app: Data<App>, _: Call<ListProviders>) -> Result<Reply<ListProviders>, Problem> {
    let items = app.providers.shown();
    Ok(Reply::new(ProviderList { items }))
}

async fn start(app: Data<App>, call: Call<StartSignIn>) -> Result<Reply<StartSignIn>, Problem> {
    let provider = app.providers.find(&call.path.provider).ok_or_else(unknown)?;
    let return_to = return_path(call.query.return_to.as_deref());
    let started = app.providers.start(provider, Freshness::Any).await;
    let (url, challenge) = match started {
        Ok(started) => started,
        Err(error) => {
            let failure = told(provider, &error);
            let path = failed_at(Purpose::SignIn.page(), failure, provider);
            return Ok(Reply::empty().with_header(LOCATION, &format!("{}{path}", app.mailer.public_url)));
        }
    };
    let away = Away {
        provider: provider.id.clone(),
        purpose: Purpose::SignIn,
        challenge,
        return_to,
    };
    let reply = Reply::empty().with_header(LOCATION, url.as_str());
    Ok(reply.with_cookie(sealed_cookie::keep(&app, away)))
}

async fn start_invited(
    app: Data<App>,
    call: Call<StartInvitedSignIn>,
) -> Result<Reply<StartInvitedSignIn>, Problem> {
    let provider = app.providers.find(&call.path.provider).ok_or_else(unknown)?;
    let invitation = call.body.invitation;
    // Before anybody goes away for nothing; it is looked at again when they come back.
    invited_address(&app, &invitation).await?;
    send(&app, provider, Purpose::Join { invitation }, Freshness::Any).await
}

/// Where the browser goes on, with a cookie by which it is known when it comes back.
pub(super) async fn send<O: Operation<Answer = ProviderLocation>>(
    app: &App,
    provider: &Provider,
    purpose: Purpose,
    freshness: Freshness,
) -> Result<Reply<O>, Problem> {
    let started = app.providers.start(provider, freshness).await;
    let (url, challenge) = started.map_err(|error| {
        tracing::warn!(provider = provider.id, %error, "nobody could sign in with a provider");
        Problem::unavailable(&provider.name)
    })?;
    let away = Away {
        provider: provider.id.clone(),
        return_to: purpose.page().to_owned(),
        purpose,
        challenge,
    };
    let location = url.to_string();
    let reply = Reply::new(ProviderLocation { location });
    Ok(reply.with_cookie(sealed_cookie::keep(app, away)))
}

async fn finish(app: Data<App>, call: Call<FinishSignIn>) -> Result<Reply<FinishSignIn>, Problem> {
    let provider = app.providers.find(&call.path.provider).ok_or_else(unknown)?;
    let request = call.request();
    let away = sealed_cookie::read::<Away>(&app, request);
    let state = call.query.state.as_deref().unwrap_or_default();
    // The cookie of another attempt stays, which may go on in another tab.
    let away = away.filter(|away| {
        let is_same: bool = away.challenge.state.as_bytes().ct_eq(state.as_bytes()).into();
        is_same && away.provider == provider.id
    });
    let page = away.as_ref().map_or("/login", |away| away.purpose.page());
    let forget = away.is_some().then(|| sealed_cookie::forget::<Away>(&app));
    let came = match away {
        Some(away) => come_back(&app, request, provider, away, &call.query).await,
        None => Err(Failure::Expired),
    };
    let onward = came.unwrap_or_else(|failure| {
        let why = failure.as_str();
        metrics::counter!(names::LOGINS, "outcome" => "refused").increment(1);
        tracing::info!(
            provider = provider.id,
            why,
            "somebody has not come in by a provider"
        );
        let path = failed_at(page, failure, provider);
        Onward {
            path,
            cookies: Vec::new(),
        }
    });
    let location = format!("{}{}", app.mailer.public_url, onward.path);
    let reply = Reply::empty().with_header(LOCATION, &location);
    Ok(forget
        .into_iter()
        .chain(onward.cookies)
        .fold(reply, Reply::with_cookie))
}

fn failed_at(page: &str, failure: Failure, provider: &Provider) -> String {
    format!("{page}?error={}&provider={}", failure.as_str(), provider.id)
}

/// Why somebody does not come in, in a word; the log has the rest.
fn told(provider: &Provider, error: &ProviderError) -> Failure {
    tracing::warn!(provider = provider.id, %error, "nobody could sign in with a provider");
    match error {
        ProviderError::Unavailable(_) => Failure::Unavailable,
        ProviderError::Unproven(_) => Failure::Unproven,
        ProviderError::NotAdmitted => Failure::NotAdmitted,
    }
}

async fn come_back(
    app: &App,
    request: &HttpRequest,
    provider: &Provider,
    away: Away,
    query: &CallbackQuery,
) -> Result<Onward, Failure> {
    // One provider must not answer in the place of another.
    if query
        .iss
        .as_ref()
        .is_some_and(|issuer| *issuer != provider.issuer)
    {
        return Err(Failure::Unproven);
    }
    if let Some(error) = &query.error {
        let error: String = error.chars().filter(|c| c.is_ascii_graphic()).take(60).collect();
        tracing::info!(
            provider = provider.id,
            error,
            "a provider has answered with an error"
        );
        return Err(match error.as_str() {
            "access_denied" => Failure::Denied,
            _ => Failure::Provider,
        });
    }
    let code = query.code.clone().ok_or(Failure::Provider)?;
    let freshness = match away.purpose {
        Purpose::Confirm(_) => Freshness::Fresh,
        Purpose::SignIn | Purpose::Join { .. } | Purpose::Link(_) => Freshness::Any,
    };
    let person = app
        .providers
        .finish(provider, &away.challenge, code, freshness)
        .await;
    let person: Person = person.map_err(|error| told(provider, &error))?;
    match away.purpose {
        Purpose::SignIn => sign_in(app, request, provider, &person, &away.return_to, None).await,
        Purpose::Join { invitation } => {
            sign_in(
                app,
                request,
                provider,
                &person,
                &away.return_to,
                Some(&invitation),
            )
            .await
        }
        Purpose::Link(asking) => link(app, request, provider, &person, asking).await,
        Purpose::Confirm(asking) => confirm(app, provider, &person, asking).await,
    }
}
