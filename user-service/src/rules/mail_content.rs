//! What the mails about accounts say.

use api::Role;
use domain::text::mailed_name;
use serde::{Deserialize, Serialize};

use super::mailed_token::MailedToken;

/// What a mail is about. It is stored, sealed, until the mail is sent: add to it, and change nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Content {
    /// Asks whether an address is that of the account that was made with it.
    Verification { token: String },
    /// Lets somebody set a new password.
    PasswordReset { token: String },
    /// Says that the password is another one.
    PasswordChanged,
    /// Asks whether an address is that of the account that is to change to it.
    EmailChange { token: String },
    /// Says to the address before that the account has another one.
    EmailChanged { to: String },
    /// Invites to an organisation.
    Invitation {
        token: String,
        organisation: String,
        invited_by: String,
        role: Role,
    },
    /// Says that somebody wanted to make an account with the address of one.
    AddressTaken,
    /// Says that a login at a provider signs in to the account.
    LoginLinked { provider: String },
    /// Says that a login at a provider does not sign in to the account any more.
    LoginUnlinked { provider: String },
}

/// A mail in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) paragraphs: Vec<String>,
    /// What the one button does, and where it leads.
    pub(crate) button: Option<(&'static str, String)>,
    pub(crate) validity: Option<&'static str>,
    /// Why the recipient gets it.
    pub(crate) reason: String,
}

/// The kinds of mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Verification,
    PasswordReset,
    PasswordChanged,
    EmailChange,
    EmailChanged,
    Invitation,
    AddressTaken,
    LoginLinked,
    LoginUnlinked,
}

impl Kind {
    /// The name in the database, in metrics and in Redis.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::EmailChange => "email_change",
            Self::EmailChanged => "email_changed",
            Self::Invitation => "invitation",
            Self::AddressTaken => "address_taken",
            Self::LoginLinked => "login_linked",
            Self::LoginUnlinked => "login_unlinked",
        }
    }

    /// How long its link is valid, in seconds; how long a mail without one says something new.
    pub(crate) fn valid_seconds(self) -> f64 {
        const HOUR: f64 = 3_600.0;
        match self {
            Self::EmailChange => HOUR / 4.0,
            Self::PasswordReset => HOUR,
            Self::Invitation => 7.0 * 24.0 * HOUR,
            Self::Verification
            | Self::PasswordChanged
            | Self::EmailChanged
            | Self::AddressTaken
            | Self::LoginLinked
            | Self::LoginUnlinked => 24.0 * HOUR,
        }
    }
}

/// Where an invitation is accepted.
pub(crate) fn link_of_invitation(public_url: &str, token: &MailedToken) -> String {
    link(public_url, "invitation", &token.text())
}

/// The token is in the fragment, which no server and no `Referer` gets to see.
fn link(public_url: &str, page: &str, token: &str) -> String {
    format!("{public_url}/{page}#{token}")
}

/// What somebody invited may do, in words.
fn what_a_role_does(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer, who sees monitors and incidents",
        Role::Responder => "a responder, who also acknowledges incidents",
        Role::Editor => "an editor, who also changes monitors",
        Role::Admin => "an admin, who also changes channels, members and API keys",
        Role::Owner => "an owner, who may change everything",
    }
}

impl Content {
    /// What kind of mail it is.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Verification { .. } => Kind::Verification,
            Self::PasswordReset { .. } => Kind::PasswordReset,
            Self::PasswordChanged => Kind::PasswordChanged,
            Self::EmailChange { .. } => Kind::EmailChange,
            Self::EmailChanged { .. } => Kind::EmailChanged,
            Self::Invitation { .. } => Kind::Invitation,
            Self::AddressTaken => Kind::AddressTaken,
            Self::LoginLinked { .. } => Kind::LoginLinked,
            Self::LoginUnlinked { .. } => Kind::LoginUnlinked,
        }
    }

    /// The mail to `to`, from the installation at `public_url`.
    pub(crate) fn letter(&self, to: &str, public_url: &str) -> Letter {
        let asked = |what: &str| {
            format!(
                "You get this mail because somebody has {what} on {public_url}. If it was not you, ignore it: nothing changes."
            )
        };
        let notice = format!("You get this mail because {to} is the address of an account on {public_url}.");
        let reset = Some(("Reset the password", format!("{public_url}/forgot-password")));
        match self {
            Self::Verification { token } => Letter {
                subject: "Verify your e-mail address".to_owned(),
                paragraphs: vec![format!("Is {to} your address? Then verify it, so that you can invite others and get your password back should you lose it.")],
                button: Some(("Verify the address", link(public_url, "verify-email", token))),
                validity: Some("The link is valid for 24 hours."),
                reason: asked("made an account with this address"),
            },
            Self::PasswordReset { token } => Letter {
                subject: "Set a new password".to_owned(),
                paragraphs: vec!["A new password was asked for your account. Setting one signs out every browser; API keys go on to work.".to_owned()],
                button: Some(("Set a new password", link(public_url, "reset-password", token))),
                validity: Some("The link is valid for one hour, and works once."),
                reason: asked("asked for a new password for this address"),
            },
            Self::PasswordChanged => Letter {
                subject: "Your password was changed".to_owned(),
                paragraphs: vec![
                    "The password of your account was changed just now.".to_owned(),
                    "If it was not you, somebody else can sign in: reset the password at once, and then look at the API keys of your organisations.".to_owned(),
                ],
                button: reset,
                validity: None,
                reason: notice,
            },
            Self::EmailChange { token } => Letter {
                subject: "Confirm your new e-mail address".to_owned(),
                paragraphs: vec![format!("Confirm that your account shall have the address {to} from now on.")],
                button: Some(("Confirm the address", link(public_url, "verify-email", token))),
                validity: Some("The link is valid for 15 minutes."),
                reason: asked("named this address as the new one of an account"),
            },
            Self::EmailChanged { to: after } => Letter {
                subject: "The e-mail address of your account was changed".to_owned(),
                paragraphs: vec![
                    format!("Your account has the address {after} from now on, and not {to} any more."),
                    "If it was not you, somebody knows your password: ask an owner of your organisation, or who runs this installation, for help.".to_owned(),
                ],
                button: None,
                validity: None,
                reason: format!("You get this mail because {to} was the address of an account on {public_url}."),
            },
            Self::Invitation { token, organisation, invited_by, role } => {
                let (organisation, invited_by) = (mailed_name(organisation), mailed_name(invited_by));
                Letter {
                    subject: format!("You are invited to \"{organisation}\""),
                    paragraphs: vec![format!("{invited_by} invites you to the organisation \"{organisation}\" as {}.", what_a_role_does(*role))],
                    button: Some(("Look at the invitation", link(public_url, "invitation", token))),
                    validity: Some("The link is valid for 7 days, and works once."),
                    reason: format!("You get this mail because {invited_by} has named {to} on {public_url}. If you do not want to join, ignore it."),
                }
            }
            Self::AddressTaken => Letter {
                subject: "You have an account already".to_owned(),
                paragraphs: vec!["Somebody wanted to make an account with your address, which has one already. If it was you, sign in, or reset the password.".to_owned()],
                button: reset,
                validity: None,
                reason: asked("named this address"),
            },
            Self::LoginLinked { provider } => Letter {
                subject: format!("A {provider} login was linked to your account"),
                paragraphs: vec![
                    format!("A login at {provider} signs in to your account from now on."),
                    "If it was not you, unlink it on the page of your account, reset the password, and end all sessions.".to_owned(),
                ],
                button: Some(("Look at the account", format!("{public_url}/account"))),
                validity: None,
                reason: notice,
            },
            Self::LoginUnlinked { provider } => Letter {
                subject: format!("A {provider} login was unlinked from your account"),
                paragraphs: vec![
                    format!("A login at {provider} does not sign in to your account any more."),
                    "If it was not you, somebody else can sign in: reset the password at once, and end all sessions.".to_owned(),
                ],
                button: reset,
                validity: None,
                reason: notice,
            },
        }
    }
}
