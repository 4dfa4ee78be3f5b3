//! A provider that speaks OpenID Connect: discovery, and the code flow with PKCE.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreProviderMetadata,
    CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
};
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse, UserInfoClaims,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;
use url::Url;

use super::http::Http;
use super::id_token::{self, MoreClaims, Tokens, Wrong, causes};
use super::settings::GOOGLE;
use super::{Challenge, Freshness, Person, ProviderError};

/// How long what a provider says of itself is believed.
const REMEMBERED: Duration = Duration::from_secs(3_600);

type OpenIdClient = Client<
    MoreClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider that speaks OpenID Connect.
#[derive(Debug)]
pub(super) struct OpenId {
    issuer: String,
    client_id: String,
    client_secret: SecretString,
    scopes: Vec<String>,
    discovered: Mutex<Option<Discovered>>,
}

/// What a provider has said of itself.
#[derive(Clone, Debug)]
struct Discovered {
    metadata: Arc<CoreProviderMetadata>,
    at: Instant,
}

impl OpenId {
    pub(super) fn new(
        issuer: String,
        client_id: String,
        client_secret: SecretString,
        scopes: Vec<String>,
    ) -> Self {
        Self {
            issuer,
            client_id,
            client_secret,
            scopes,
            discovered: Mutex::new(None),
        }
    }

    pub(super) async fn start(
        &self,
        http: &Http,
        redirect_uri: String,
        challenge: &Challenge,
        sent: PkceCodeChallenge,
        freshness: Freshness,
    ) -> Result<Url, ProviderError> {
        let client = self.client(&*self.discover(http).await?, redirect_uri)?;
        let (state, nonce) = (challenge.state.clone(), challenge.nonce.clone());
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(self.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(sent);
        request = match freshness {
            Freshness::Any => request,
            // Google has no other way to ask once more.
            Freshness::Fresh if self.issuer == GOOGLE => request.add_prompt(CoreAuthPrompt::SelectAccount),
            Freshness::Fresh => request
                .add_prompt(CoreAuthPrompt::Login)
                .set_max_age(Duration::ZERO),
        };
        Ok(request.url().0)
    }

    /// Who has come back, the domain of the person's organisation and the person's groups.
    pub(super) async fn finish(
        &self,
        http: &Http,
        redirect_uri: String,
        challenge: &Challenge,
        code: String,
        freshness: Freshness,
    ) -> Result<(Person, Option<String>, Vec<String>), ProviderError> {
        let metadata = self.discover(http).await?;
        let client = self.client(&metadata, redirect_uri)?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(unavailable)?
            .set_pkce_verifier(challenge.verifier())
            .request_async(http)
            .await
            .map_err(refused_code)?;
        let nonce = Nonce::new(challenge.nonce.clone());
        let claims = match id_token::verify(&self.client_id, &metadata, &tokens, &nonce) {
            // Keys are replaced from time to time.
            Err(Wrong::UnknownKey) => {
                let metadata = self.refetch_keys(http, &metadata).await?;
                id_token::verify(&self.client_id, &metadata, &tokens, &nonce)
            }
            verified => verified,
        };
        let claims = claims.map_err(|wrong| ProviderError::Unproven(wrong.to_string()))?;
        id_token::require_fresh(&self.issuer, claims.auth_time(), freshness)?;
        let mut person = Person {
            subject: claims.subject().to_string(),
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified() == Some(true),
            name: claims
                .name()
                .and_then(|name| name.get(None))
                .map(|name| name.to_string()),
        };
        let mut more = claims.additional_claims().clone();
        // Many say only there what a person is called.
        if person.email.is_none() && client.user_info_url().is_some() {
            let info: UserInfoClaims<MoreClaims, CoreGenderClaim> = client
                .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
                .map_err(unavailable)?
                .request_async(http)
                .await
                .map_err(|error| unavailable(causes(&error)))?;
            person.email = info.email().map(|email| email.to_string());
            person.email_verified = info.email_verified() == Some(true);
            let name = info.name().and_then(|name| name.get(None));
            person.name = person.name.or(name.map(|name| name.to_string()));
            if more.groups.is_null() {
                more.groups = info.additional_claims().groups.clone();
            }
        }
        Ok((person, more.hosted_domain(), more.groups()))
    }

    fn client(
        &self,
        metadata: &CoreProviderMetadata,
        redirect_uri: String,
    ) -> Result<OpenIdClient, ProviderError> {
        let redirect_uri = RedirectUrl::new(redirect_uri).map_err(unavailable)?;
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes_basic =
            methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let client: OpenIdClient = Client::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.client_id.clone()),
            Some(ClientSecret::new(self.client_secret.expose_secret().to_owned())),
        );
        Ok(client
            .set_redirect_uri(redirect_uri)
            .set_auth_type(match takes_basic {
                true => AuthType::BasicAuth,
                false => AuthType::RequestBody,
            }))
    }

    async fn discover(&self, http: &Http) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let known = self
            .discovered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(known) = known.filter(|known| known.at.elapsed() < REMEMBERED) {
            return Ok(known.metadata);
        }
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(unavailable)?;
        let found = CoreProviderMetadata::discover_async(issuer, http).await;
        let found = found.map_err(|error| unavailable(causes(&error)))?;
        self.require_safe(&found)?;
        Ok(self.remember(found))
    }

    async fn refetch_keys(
        &self,
        http: &Http,
        metadata: &CoreProviderMetadata,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let keys = CoreJsonWebKeySet::fetch_async(metadata.jwks_uri(), http).await;
        let keys = keys.map_err(|error| unavailable(causes(&error)))?;
        Ok(self.remember(metadata.clone().set_jwks(keys)))
    }

    fn remember(&self, metadata: CoreProviderMetadata) -> Arc<CoreProviderMetadata> {
        let metadata = Arc::new(metadata);
        let found = Discovered {
            metadata: Arc::clone(&metadata),
            at: Instant::now(),
        };
        *self.discovered.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        metadata
    }

    /// Where the issuer is reached by TLS, so is everything that it names.
    fn require_safe(&self, found: &CoreProviderMetadata) -> Result<(), ProviderError> {
        let endpoints = [
            Some(found.authorization_endpoint().url()),
            Some(found.jwks_uri().url()),
            found.token_endpoint().map(|endpoint| endpoint.url()),
            found.userinfo_endpoint().map(|endpoint| endpoint.url()),
        ];
        let is_safe = |url: &Url| url.scheme() == "https" || !self.issuer.starts_with("https:");
        match endpoints.into_iter().flatten().all(is_safe) {
            true => Ok(()),
            false => Err(unavailable("it names an address without TLS")),
        }
    }
}

fn unavailable(why: impl ToString) -> ProviderError {
    ProviderError::Unavailable(why.to_string())
}

fn refused_code<E: std::error::Error + 'static>(
    error: RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            ProviderError::Unproven(format!("the code was refused: {}", answer.error().as_ref()))
        }
        // The parser may cite what it has read, and that is tokens.
        RequestTokenError::Parse(..) => ProviderError::Unproven("the tokens cannot be read".to_owned()),
        other => unavailable(causes(&other)),
    }
}
