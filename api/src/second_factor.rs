//! The second factor of an account: a code of an authenticator app (TOTP, RFC 6238), or a recovery code in its place.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{ManageAccount, Public};
use crate::account::Session;
use crate::operation::{given_or, given_or_value, operation};

/// Whether an account has a second factor.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SecondFactor {
    /// Whether signing in needs a code.
    pub is_on: bool,
    /// Since when.
    #[schema(required = true)]
    pub since: Option<Timestamp>,
    /// Recovery codes that were not used yet.
    pub recovery_codes: i64,
}

/// Who asks for a secret: somebody who knows the password.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecondFactorEnrolment {
    /// The password.
    pub current_password: String,
}

/// What an authenticator app is given. Nothing changes until a code confirms that it has it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SecondFactorSecret {
    /// The secret in base 32, to be typed.
    pub secret: String,
    /// The same with its parameters, as an `otpauth:` URI.
    pub uri: String,
    /// The URI as a QR code: an SVG image.
    pub qr_svg: String,
}

/// A code of the app.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecondFactorCode {
    /// The six digits.
    pub code: String,
}

/// Who changes the second factor: somebody who has both.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecondFactorProof {
    /// The password.
    pub current_password: String,
    /// The six digits of the app, or a recovery code.
    pub code: String,
}

/// The second step of signing in.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecondFactorLogin {
    /// What the first step answered; valid for five minutes, for one session.
    pub challenge: String,
    /// The six digits of the app, or a recovery code. Each is accepted once.
    pub code: String,
    /// The token of an invitation to the account's address, which is accepted: the session is in the organisation that
    /// invites.
    pub invitation: Option<String>,
    /// Whether the login at a provider with this address, which waits for this in a cookie, is linked.
    pub link_identity: bool,
}

/// Codes that replace one of the app, each once. They are told once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
}

operation! {
    /// The second step of signing in, with a code.
    LoginSecondFactor "Accounts": Post "/auth/login/second-factor", Public;
    body SecondFactorLogin;
    answer 200 Session;
    rate Session;
}

operation! {
    /// Whether the own account has a second factor.
    GetSecondFactor "Accounts": Get "/me/second-factor", ManageAccount;
    answer 200 SecondFactor;
}

operation! {
    /// Makes a secret for an authenticator app. It counts when a code has confirmed it; one that was made before and not confirmed does not count any more.
    EnrolSecondFactor "Accounts": Post "/me/second-factor", ManageAccount;
    body SecondFactorEnrolment;
    answer 200 SecondFactorSecret;
}

operation! {
    /// Turns the second factor on by a code of the app, ends all other sessions, and answers recovery codes.
    ConfirmSecondFactor "Accounts": Post "/me/second-factor/confirm", ManageAccount;
    body SecondFactorCode;
    answer 200 RecoveryCodes;
}

operation! {
    /// Makes new recovery codes. Those before do not work any more.
    RegenerateRecoveryCodes "Accounts": Post "/me/second-factor/recovery-codes", ManageAccount;
    body SecondFactorProof;
    answer 200 RecoveryCodes;
}

operation! {
    /// Turns the second factor off.
    DisableSecondFactor "Accounts": Post "/me/second-factor/disable", ManageAccount;
    body SecondFactorProof;
    answer 204;
}
