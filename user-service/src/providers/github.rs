//! GitHub, which speaks OAuth 2 and no OpenID Connect: who somebody is its API says.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use openidconnect::PkceCodeChallenge;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

use super::http::Http;
use super::{Challenge, Person, ProviderError};

const SCOPES: &str = "read:user user:email";

/// GitHub, or a GitHub Enterprise.
#[derive(Debug)]
pub(super) struct GitHub {
    url: String,
    api: String,
    client_id: String,
    client_secret: SecretString,
}

/// The answer to a code. Errors come with the status 200 as well.
#[derive(Deserialize)]
struct Exchanged {
    access_token: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    name: Option<String>,
    login: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

impl GitHub {
    pub(super) fn new(url: String, api: String, client_id: String, client_secret: SecretString) -> Self {
        Self {
            url,
            api,
            client_id,
            client_secret,
        }
    }

    pub(super) fn start(
        &self,
        redirect_uri: String,
        challenge: &Challenge,
        sent: &PkceCodeChallenge,
    ) -> Result<Url, ProviderError> {
        let url = format!("{}/login/oauth/authorize", self.url);
        let mut url = Url::parse(&url).map_err(|error| ProviderError::Unavailable(error.to_string()))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &redirect_uri)
            .append_pair("scope", SCOPES)
            .append_pair("state", &challenge.state)
            .append_pair("code_challenge", sent.as_str())
            .append_pair("code_challenge_method", sent.method().as_str());
        Ok(url)
    }

    pub(super) async fn finish(
        &self,
        http: &Http,
        redirect_uri: &str,
        challenge: &Challenge,
        code: &str,
    ) -> Result<Person, ProviderError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("client_id", &self.client_id)
            .append_pair("client_secret", self.client_secret.expose_secret())
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_verifier", &challenge.verifier)
            .finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/login/oauth/access_token", self.url))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes());
        let exchanged: Exchanged = ask(http, request).await?;
        if let Some(error) = exchanged.error {
            return Err(ProviderError::Unproven(format!("the code was refused: {error}")));
        }
        let token = exchanged
            .access_token
            .ok_or_else(|| unavailable("there is no access token"))?;
        let user: User = self.get(http, "/user", &token).await?;
        let emails: Vec<Email> = self.get(http, "/user/emails", &token).await?;
        let email = emails.into_iter().find(|email| email.primary && email.verified);
        Ok(Person {
            // Names are given on to others; the number is not.
            subject: user.id.to_string(),
            email_verified: email.is_some(),
            email: email.map(|email| email.email),
            name: user.name.or(user.login),
        })
    }

    async fn get<T: DeserializeOwned>(
        &self,
        http: &Http,
        path: &str,
        token: &str,
    ) -> Result<T, ProviderError> {
        let request = Request::builder()
            .uri(format!("{}{path}", self.api))
            .header(ACCEPT, "application/vnd.github+json")
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Vec::new());
        ask(http, request).await
    }
}

fn unavailable(why: impl ToString) -> ProviderError {
    ProviderError::Unavailable(why.to_string())
}

async fn ask<T: DeserializeOwned>(
    http: &Http,
    request: Result<Request<Vec<u8>>, http::Error>,
) -> Result<T, ProviderError> {
    let answer = http
        .send(request.map_err(unavailable)?)
        .await
        .map_err(unavailable)?;
    let status = answer.status();
    // What is in error is said in the body, which other servers send with 400.
    if !status.is_success() && status.as_u16() != 400 {
        return Err(unavailable(format!("answered {status}")));
    }
    // Not what was answered, which may hold a token.
    serde_json::from_slice(answer.body())
        .map_err(|_| unavailable(format!("answered {status} in another form")))
}
