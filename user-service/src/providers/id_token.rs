//! ID tokens: what they may say, and whether they prove it.

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, ClaimsVerificationError, ClientId, EmptyExtraTokenFields,
    IdTokenClaims, IdTokenFields, IdTokenVerifier, Nonce, OAuth2TokenResponse as _,
    SignatureVerificationError, StandardTokenResponse, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::causes;

use super::settings::GOOGLE;
use super::{Freshness, ProviderError};

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
pub(super) struct MoreClaims {
    #[serde(default)]
    hd: Value,
    #[serde(default)]
    pub(super) groups: Value,
}

impl AdditionalClaims for MoreClaims {}

impl MoreClaims {
    pub(super) fn groups(&self) -> Vec<String> {
        let groups = self.groups.as_array().map_or(&[][..], Vec::as_slice);
        groups
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn hosted_domain(&self) -> Option<String> {
        self.hd.as_str().map(str::to_owned)
    }
}

/// What an ID token says.
pub(super) type Claims = IdTokenClaims<MoreClaims, CoreGenderClaim>;

/// What a provider answers a code.
pub(super) type Tokens = StandardTokenResponse<
    IdTokenFields<
        MoreClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// What an ID token says, once its signature, its claims and its access token are those that they have to be.
pub(super) fn verify(
    client_id: &str,
    metadata: &CoreProviderMetadata,
    tokens: &Tokens,
    nonce: &Nonce,
) -> Result<Claims, Wrong> {
    let id_token = tokens
        .id_token()
        .ok_or(Wrong::Token("there is no ID token".to_owned()))?;
    let verifier = IdTokenVerifier::new_public_client(
        ClientId::new(client_id.to_owned()),
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
    if party.is_some_and(|party| party.as_str() != client_id) {
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

/// A provider that was asked for a new login has to say when that was; Google alone never says it.
pub(super) fn require_fresh(
    issuer: &str,
    auth_time: Option<DateTime<Utc>>,
    freshness: Freshness,
) -> Result<(), ProviderError> {
    let is_fresh = match (freshness, auth_time) {
        (Freshness::Any, _) => true,
        (Freshness::Fresh, Some(at)) => at >= Utc::now() - FRESH,
        (Freshness::Fresh, None) => issuer == GOOGLE,
    };
    match is_fresh {
        true => Ok(()),
        false => Err(ProviderError::Unproven(
            "the login at the provider is not a new one, or it does not say so (auth_time)".to_owned(),
        )),
    }
}

/// What is wrong with an ID token.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
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

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    fn tokens_of(issuer: &str) -> Result<Tokens, serde_json::Error> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"alg": "RS256", "kid": "k1"});
        let claims = json!({"iss": issuer, "sub": "ada", "aud": "uptime", "iat": 0, "exp": 60});
        let id_token = format!(
            "{}.{}.{}",
            part(&header),
            part(&claims),
            URL_SAFE_NO_PAD.encode("x")
        );
        serde_json::from_value(json!({"access_token": "t", "token_type": "Bearer", "id_token": id_token}))
    }

    /// ADR 23 has why. Once this fails the other name of Google's can be accepted.
    #[test]
    fn an_issuer_without_a_scheme_cannot_be_read() {
        tokens_of(GOOGLE).unwrap();
        let other = GOOGLE.strip_prefix("https://").unwrap();
        tokens_of(other).unwrap_err();
    }
}
