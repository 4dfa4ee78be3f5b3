//! Providers with which people sign in: sending them there, and finding out who has come back.
//!
//! Nothing is asked of a provider before somebody signs in with it, so that one that is away is in nobody else's way.

mod github;
mod http;
mod id_token;
mod open_id;
mod settings;

use std::time::Duration;

use api::Provider as ShownProvider;
use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier};
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::settings::ProviderSettings;
pub(crate) use self::settings::read;

use self::github::GitHub;
use self::http::Http;
use self::open_id::OpenId;
use self::settings::Protocol;
use crate::rules::admission::{Admission, Belonging};

/// How long everything may take that is asked of a provider for one request, which has to be answered as well.
const WITHIN: Duration = Duration::from_millis(3_500);

/// The longest name of a person that a provider calls somebody by, in bytes.
const MAX_SUBJECT: usize = 255;

/// Why somebody cannot sign in with a provider.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    /// It does not answer, or not as a provider does.
    #[error("the provider does not answer as it should: {0}")]
    Unavailable(String),
    /// What it has answered does not prove who somebody is.
    #[error("what the provider has answered proves nothing: {0}")]
    Unproven(String),
    /// It is known who it is, and that is not one of ours.
    #[error("the person is of no domain or group that may sign in")]
    NotAdmitted,
}

/// What is remembered while somebody is at a provider.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) state: String,
    nonce: String,
    verifier: String,
}

impl Challenge {
    /// A new one, and what is sent along of the verifier.
    fn random() -> (Self, PkceCodeChallenge) {
        let (sent, verifier) = PkceCodeChallenge::new_random_sha256();
        let challenge = Self {
            state: CsrfToken::new_random_len(32).into_secret(),
            nonce: Nonce::new_random_len(32).secret().clone(),
            verifier: verifier.into_secret(),
        };
        (challenge, sent)
    }

    fn verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.verifier.clone())
    }
}

/// Whether somebody has to show again who it is, although the provider may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    Any,
    Fresh,
}

/// Who somebody is at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// By what the provider knows the person for ever.
    pub(crate) subject: String,
    pub(crate) email: Option<String>,
    /// Whether the provider knows that the address is this person's.
    pub(crate) email_verified: bool,
    pub(crate) name: Option<String>,
}

impl Person {
    /// The address, if the provider knows that it is this person's.
    pub(crate) fn verified_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }
}

/// All providers.
#[derive(Debug)]
pub(crate) struct Providers {
    all: Vec<Provider>,
    http: Http,
    /// Base URL of the dashboard, to which people are sent back.
    public_url: String,
}

/// A provider.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) issuer: String,
    admission: Admission,
    speaks: Speaks,
}

#[derive(Debug)]
enum Speaks {
    OpenId(OpenId),
    GitHub(GitHub),
}

impl Providers {
    pub(crate) fn new(settings: Vec<ProviderSettings>, public_url: &str) -> Self {
        let all = settings.into_iter().map(Provider::new).collect();
        let (http, public_url) = (Http::new(), public_url.to_owned());
        Self {
            all,
            http,
            public_url,
        }
    }

    /// The provider with this id.
    pub(crate) fn find(&self, id: &str) -> Option<&Provider> {
        self.all.iter().find(|provider| provider.id == id)
    }

    /// What the provider of this issuer is called; none when it is not in the settings.
    pub(crate) fn of_issuer(&self, issuer: &str) -> Option<&Provider> {
        self.all.iter().find(|provider| provider.issuer == issuer)
    }

    /// What people see of them.
    pub(crate) fn shown(&self) -> Vec<ShownProvider> {
        let shown = |provider: &Provider| ShownProvider {
            id: provider.id.clone(),
            name: provider.name.clone(),
        };
        self.all.iter().map(shown).collect()
    }

    fn redirect_uri(&self, provider: &Provider) -> String {
        format!(
            "{}{}/auth/providers/{}/callback",
            self.public_url,
            api::PREFIX,
            provider.id
        )
    }

    /// Where at a provider somebody signs in, and what is to be remembered meanwhile.
    ///
    /// # Errors
    /// [`ProviderError::Unavailable`].
    pub(crate) async fn start(
        &self,
        provider: &Provider,
        freshness: Freshness,
    ) -> Result<(Url, Challenge), ProviderError> {
        let (challenge, sent) = Challenge::random();
        let redirect_uri = self.redirect_uri(provider);
        let url = match &provider.speaks {
            Speaks::GitHub(github) => github.start(redirect_uri, &challenge, &sent)?,
            Speaks::OpenId(open_id) => {
                let starting = open_id.start(&self.http, redirect_uri, &challenge, sent, freshness);
                within(starting).await?
            }
        };
        Ok((url, challenge))
    }

    /// Who has come back with a code.
    ///
    /// # Errors
    /// See [`ProviderError`].
    pub(crate) async fn finish(
        &self,
        provider: &Provider,
        challenge: &Challenge,
        code: String,
        freshness: Freshness,
    ) -> Result<Person, ProviderError> {
        let redirect_uri = self.redirect_uri(provider);
        let (person, hosted_domain, groups) = match &provider.speaks {
            Speaks::GitHub(github) => {
                let finishing = github.finish(&self.http, &redirect_uri, challenge, &code);
                (within(finishing).await?, None, Vec::new())
            }
            Speaks::OpenId(open_id) => {
                let finishing = open_id.finish(&self.http, redirect_uri, challenge, code, freshness);
                within(finishing).await?
            }
        };
        if person.subject.is_empty() || person.subject.len() > MAX_SUBJECT {
            return Err(ProviderError::Unproven(
                "the subject is empty or too long".to_owned(),
            ));
        }
        let belonging = Belonging {
            hosted_domain: hosted_domain.as_deref(),
            names_domains: provider.issuer == settings::GOOGLE,
            email: person.verified_email(),
            groups: &groups,
        };
        match provider.admission.admits(&belonging) {
            true => Ok(person),
            false => Err(ProviderError::NotAdmitted),
        }
    }
}

impl Provider {
    fn new(settings: ProviderSettings) -> Self {
        let ProviderSettings {
            id,
            name,
            issuer,
            client_id,
            client_secret,
            protocol,
            admission,
        } = settings;
        let speaks = match protocol {
            Protocol::OpenId { scopes } => {
                Speaks::OpenId(OpenId::new(issuer.clone(), client_id, client_secret, scopes))
            }
            Protocol::GitHub { api } => {
                Speaks::GitHub(GitHub::new(issuer.clone(), api, client_id, client_secret))
            }
        };
        Self {
            id,
            name,
            issuer,
            admission,
            speaks,
        }
    }
}

async fn within<T>(asking: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
    let late = |_| ProviderError::Unavailable(format!("not within {} ms", WITHIN.as_millis()));
    tokio::time::timeout(WITHIN, asking).await.map_err(late)?
}
