//! A provider that speaks OpenID Connect: discovery, the code flow with PKCE, and ID tokens that are verified.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthenticationFlow, AuthorizationCode,
    ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenClaims, IdTokenFields, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse as _,
    UserInfoClaims,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::http::Http;
use super::settings::GOOGLE;
use super::{Challenge, Freshness, Person, ProviderError};

/// How long what a provider says of itself is believed.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// How far the clocks of a provider and ours may be apart.
const SKEW: chrono::TimeDelta = chrono::TimeDelta::minutes(2);

/// How long ago somebody has signed in who is to sign in again.
const FRESH: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// By public keys only: whoever knows a client's secret must not be able to make ID tokens.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims that are not standard, in whatever form a provider gives them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct MoreClaims {
    #[serde(default)]
    hd: Value,
    #[serde(default)]
    groups: Value,
}

impl AdditionalClaims for MoreClaims {}

impl MoreClaims {
    fn groups(&self) -> Vec<String> {
        let groups = self.groups.as_array().map_or(&[][..], Vec::as_slice);
        groups
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    fn hosted_domain(&self) -> Option<String> {
        self.hd.as_str().map(str::to_owned)
    }
}

type Claims = IdTokenClaims<MoreClaims, CoreGenderClaim>;

type Tokens = StandardTokenResponse<
    IdTokenFields<
        MoreClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

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
        let claims = match self.verify(&metadata, &tokens, &nonce) {
            // Keys are replaced from time to time.
            Err(Wrong::UnknownKey) => {
                let metadata = self.refetch_keys(http, &metadata).await?;
                self.verify(&metadata, &tokens, &nonce)
            }
            verified => verified,
        };
        let claims = claims.map_err(|wrong| ProviderError::Unproven(wrong.to_string()))?;
        self.require_fresh(claims.auth_time(), freshness)?;
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

    /// A provider that was asked for a new login has to say when that was; Google alone never says it.
    fn require_fresh(
        &self,
        auth_time: Option<DateTime<Utc>>,
        freshness: Freshness,
    ) -> Result<(), ProviderError> {
        let is_fresh = match (freshness, auth_time) {
            (Freshness::Any, _) => true,
            (Freshness::Fresh, Some(at)) => at >= Utc::now() - FRESH,
            (Freshness::Fresh, None) => self.issuer == GOOGLE,
        };
        match is_fresh {
            true => Ok(()),
            false => Err(ProviderError::Unproven(
                "the login at the provider is not a new one, or it does not say so (auth_time)".to_owned(),
            )),
        }
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

    fn verify(
        &self,
        metadata: &CoreProviderMetadata,
        tokens: &Tokens,
        nonce: &Nonce,
    ) -> Result<Claims, Wrong> {
        let id_token = tokens
            .id_token()
            .ok_or(Wrong::Token("there is no ID token".to_owned()))?;
        let verifier = openidconnect::IdTokenVerifier::new_public_client(
            ClientId::new(self.client_id.clone()),
            metadata.issuer().clone(),
            metadata.jwks().clone(),
        )
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(|| Utc::now() - SKEW)
        .set_issue_time_verifier_fn(|issued| match issued <= Utc::now() + SKEW {
            true => Ok(()),
            false => Err("it is of the future".to_owned()),
        });
        let claims = id_token.claims(&verifier, nonce)?;
        let party = claims.authorized_party();
        if party.is_some_and(|party| party.as_str() != self.client_id) {
            return Err(Wrong::Token("it was issued to another client".to_owned()));
        }
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg()?;
            let key = id_token.signing_key(&verifier)?;
            let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
            if actual.map_err(|error| Wrong::Token(error.to_string()))? != *expected {
                return Err(Wrong::Token("it is of another access token".to_owned()));
            }
        }
        Ok(claims.clone())
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

/// What is wrong with an ID token.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error("it is signed with a key that the provider does not have")]
    UnknownKey,
    #[error("{0}")]
    Token(String),
}

impl From<SignatureVerificationError> for Wrong {
    fn from(error: SignatureVerificationError) -> Self {
        match error {
            SignatureVerificationError::NoMatchingKey => Self::UnknownKey,
            other => Self::Token(causes(&other)),
        }
    }
}

impl From<ClaimsVerificationError> for Wrong {
    fn from(error: ClaimsVerificationError) -> Self {
        match error {
            ClaimsVerificationError::SignatureVerification(error) => error.into(),
            other => Self::Token(causes(&other)),
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

/// An error with what caused it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
