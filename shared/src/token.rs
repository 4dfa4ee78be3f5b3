//! Access tokens: JWTs (RFC 7519) signed with HMAC-SHA-256, minted by user-service and verified by the
//! gateway with the same secret.

use domain::{OrgId, Timestamp};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::settings::Reader;
use api::{Actor, Principal, Role};

/// How long an access token lives, in seconds.
pub const ACCESS_TOKEN_SECONDS: i64 = 3_600;

const ISSUER: &str = "uptime-monitor";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    /// The user.
    sub: String,
    org: OrgId,
    role: Role,
    /// Whether the user sees only the monitors that have one of some tags.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    narrowed: bool,
    /// The session. Tokens of earlier releases do not name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
    /// Whether the second factor is missing that the organisation demands.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lacks_second_factor: bool,
    iat: i64,
    exp: i64,
}

/// What a token says that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// On whose behalf it speaks.
    pub principal: Principal,
    /// The session in which it was given, with which it ends; none in tokens of earlier releases.
    pub session: Option<Uuid>,
    /// Whether the second factor is missing that the organisation demands: it opens the own account alone.
    pub lacks_second_factor: bool,
    /// When it is no longer accepted.
    pub expires_at: Timestamp,
}

/// Mints and verifies access tokens.
#[derive(Clone)]
pub struct TokenKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
    mac: hmac::Key,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

impl TokenKey {
    /// Reads `JWT_SECRET`.
    pub fn read(env: &mut Reader) -> Self {
        Self::new(&env.secret("JWT_SECRET", 32, "64 hexadecimal digits", "signs access tokens"))
    }

    /// A key from its secret.
    pub fn new(secret: &SecretString) -> Self {
        let bytes = secret.expose_secret().as_bytes();
        Self {
            encoding: EncodingKey::from_secret(bytes),
            decoding: DecodingKey::from_secret(bytes),
            mac: hmac::Key::new(hmac::HMAC_SHA256, bytes),
        }
    }

    /// 32 bytes that only the holder of the secret can compute from `input`. `label` keeps purposes apart;
    /// it must not begin as a token does (`eyJ`).
    pub fn derive(&self, label: &str, input: &[u8]) -> [u8; 32] {
        let mut mac = hmac::Context::with_key(&self.mac);
        mac.update(label.as_bytes());
        mac.update(&[0]);
        mac.update(input);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(mac.sign().as_ref());
        bytes
    }

    /// Whether `bytes` are what [`TokenKey::derive`] makes of `label` and `input`. Takes the same time wherever they differ.
    pub fn is_derived(&self, label: &str, input: &[u8], bytes: &[u8]) -> bool {
        self.derive(label, input).as_slice().ct_eq(bytes).into()
    }

    /// A token for `principal` in `session` that lives [`ACCESS_TOKEN_SECONDS`] from `now`.
    ///
    /// # Errors
    /// When the claims cannot be signed, which does not happen with a key made here.
    pub fn mint(
        &self,
        principal: &Principal,
        session: Option<Uuid>,
        now: Timestamp,
    ) -> Result<String, Error> {
        self.mint_with(principal, session, false, now)
    }

    /// As [`TokenKey::mint`]; `lacks_second_factor` is whether it opens the own account alone.
    ///
    /// # Errors
    /// As those of [`TokenKey::mint`].
    pub fn mint_with(
        &self,
        principal: &Principal,
        session: Option<Uuid>,
        lacks_second_factor: bool,
        now: Timestamp,
    ) -> Result<String, Error> {
        let iat = now.as_millis() / 1_000;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: principal.user_id().to_string(),
            org: principal.org_id,
            role: principal.role,
            narrowed: principal.narrowed,
            sid: session,
            lacks_second_factor,
            iat,
            exp: iat + ACCESS_TOKEN_SECONDS,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
    }

    /// What the token says; nothing when it is malformed, expired or signed with another key. Whether its session
    /// goes on is not known here.
    pub fn verify(&self, token: &str) -> Option<AccessToken> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.leeway = 5;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation)
            .ok()?
            .claims;
        Some(AccessToken {
            principal: Principal {
                org_id: claims.org,
                actor: Actor::User(claims.sub.parse().ok()?),
                role: claims.role,
                narrowed: claims.narrowed,
            },
            session: claims.sid,
            lacks_second_factor: claims.lacks_second_factor,
            expires_at: Timestamp::from_millis(claims.exp.saturating_mul(1_000)),
        })
    }
}

/// The crate's own back ends bring RSA, which has an open advisory; one algorithm on ring is all it takes.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        require_hs256(algorithm)?;
        Ok(Box::new(Hs256(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()))))
    },
    verifier_factory: |algorithm, key| {
        require_hs256(algorithm)?;
        Ok(Box::new(Hs256(hmac::Key::new(
            hmac::HMAC_SHA256,
            key.try_get_as_bytes()?,
        ))))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

pub(crate) fn install_provider() {
    // An error means that a provider is installed already.
    let _ = PROVIDER.install_default();
}

fn require_hs256(algorithm: &Algorithm) -> Result<(), Error> {
    match algorithm {
        Algorithm::HS256 => Ok(()),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

struct Hs256(hmac::Key);

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal() -> Principal {
        Principal {
            org_id: OrgId(7),
            actor: Actor::User(3),
            role: Role::Editor,
            narrowed: false,
        }
    }

    #[test]
    fn a_token_speaks_for_whom_it_was_minted() {
        crate::install_crypto();
        let key = TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into());
        let now = Timestamp::from_millis(crate::now().as_millis() / 1_000 * 1_000);
        for (session, narrowed, lacks_second_factor) in
            [(None, false, true), (Some(Uuid::from_u128(7)), true, false)]
        {
            let principal = Principal {
                narrowed,
                ..principal()
            };
            let token = key
                .mint_with(&principal, session, lacks_second_factor, now)
                .unwrap();
            let said = AccessToken {
                principal,
                session,
                lacks_second_factor,
                expires_at: now.plus_millis(ACCESS_TOKEN_SECONDS * 1_000),
            };
            assert_eq!(key.verify(&token), Some(said));
        }
    }

    #[test]
    fn what_is_derived_depends_on_secret_label_and_input() {
        let key = TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into());
        let other = TokenKey::new(&"another secret of at least 32 bytes".to_owned().into());
        let bytes = key.derive("a", b"x");
        assert_eq!(key.derive("a", b"x"), bytes);
        assert!(key.is_derived("a", b"x", &bytes));
        assert!(!key.is_derived("b", b"x", &bytes) && !key.is_derived("a", b"x", &bytes[1..]));
        for different in [
            key.derive("a", b"y"),
            key.derive("b", b"x"),
            other.derive("a", b"x"),
        ] {
            assert_ne!(different, bytes);
        }
    }

    #[test]
    fn expired_forged_and_unsigned_tokens_speak_for_nobody() {
        crate::install_crypto();
        let key = TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into());
        let other = TokenKey::new(&"another secret of at least 32 bytes".to_owned().into());
        let two_hours_ago = crate::now().plus_millis(-7_200_000);
        assert_eq!(
            key.verify(&key.mint(&principal(), None, two_hours_ago).unwrap()),
            None
        );
        assert_eq!(
            key.verify(&other.mint(&principal(), None, crate::now()).unwrap()),
            None
        );
        let unsigned =
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiIzIiwib3JnIjo3LCJyb2xlIjoib3duZXIiLCJleHAiOjk5OTk5OTk5OTl9.";
        assert_eq!(key.verify(unsigned), None);
    }
}
