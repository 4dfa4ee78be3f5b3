//! What the mails about accounts say.

use api::Role;
use domain::Timestamp;
use domain::status_page::Locale;
use domain::text::mailed_name;
use serde::{Deserialize, Serialize};

use super::mailed_token::MailedToken;
use super::page_link;
use super::sla::letter::ReportFigures;

/// How long a link to a status page is valid, in seconds.
pub(crate) const PAGE_LINK_SECONDS: i64 = 900;

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
    /// Says that the account is to be deleted.
    AccountDeletion { due: Timestamp },
    /// Says that an organisation is to be deleted.
    OrganisationDeletion {
        organisation: String,
        by: String,
        due: Timestamp,
    },
    /// Says that an organisation, or the account, is not to be deleted any more.
    DeletionCancelled { organisation: Option<String> },
    /// Says that an organisation was deleted.
    OrganisationDeleted { organisation: String },
    /// Says that the account was deleted.
    AccountDeleted,
    /// Says that an archive can be downloaded, of an organisation or of the account.
    ExportReady { organisation: Option<String> },
    /// Says that signing in needs a code from now on.
    SecondFactorOn,
    /// Says that signing in needs no code any more; who runs the installation may have done it.
    SecondFactorOff { by_operator: bool },
    /// Says that there are other recovery codes.
    RecoveryCodesReplaced,
    /// Says that a recovery code was used, and how many are left.
    RecoveryCodeUsed { left: i64 },
    /// Says that somebody who has the password tries codes.
    SecondFactorGuessed,
    /// Says what an SLA report has come to.
    SlaReport(ReportFigures),
    /// Lets a visitor see a status page that is not public.
    PageLink {
        link: String,
        title: String,
        url: String,
        locale: Locale,
    },
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
    AccountDeletion,
    OrganisationDeletion,
    DeletionCancelled,
    OrganisationDeleted,
    AccountDeleted,
    ExportReady,
    SecondFactorOn,
    SecondFactorOff,
    RecoveryCodesReplaced,
    RecoveryCodeUsed,
    SecondFactorGuessed,
    SlaReport,
    PageLink,
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
            Self::AccountDeletion => "account_deletion",
            Self::OrganisationDeletion => "organisation_deletion",
            Self::DeletionCancelled => "deletion_cancelled",
            Self::OrganisationDeleted => "organisation_deleted",
            Self::AccountDeleted => "account_deleted",
            Self::ExportReady => "export_ready",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::RecoveryCodesReplaced => "recovery_codes_replaced",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::SecondFactorGuessed => "second_factor_guessed",
            Self::SlaReport => "sla_report",
            Self::PageLink => "page_link",
        }
    }

    /// How long its link is valid, in seconds; how long a mail without one says something new.
    pub(crate) fn valid_seconds(self) -> f64 {
        const HOUR: f64 = 3_600.0;
        match self {
            Self::EmailChange => HOUR / 4.0,
            Self::PageLink => PAGE_LINK_SECONDS as f64,
            Self::PasswordReset => HOUR,
            Self::Invitation => 7.0 * 24.0 * HOUR,
            _ => 24.0 * HOUR,
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

/// An instant in words, as exact as people need it.
fn day(instant: Timestamp) -> String {
    instant.to_datetime().format("%-d %B %Y at %H:%M UTC").to_string()
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
            Self::AccountDeletion { .. } => Kind::AccountDeletion,
            Self::OrganisationDeletion { .. } => Kind::OrganisationDeletion,
            Self::DeletionCancelled { .. } => Kind::DeletionCancelled,
            Self::OrganisationDeleted { .. } => Kind::OrganisationDeleted,
            Self::AccountDeleted => Kind::AccountDeleted,
            Self::ExportReady { .. } => Kind::ExportReady,
            Self::SecondFactorOn => Kind::SecondFactorOn,
            Self::SecondFactorOff { .. } => Kind::SecondFactorOff,
            Self::RecoveryCodesReplaced => Kind::RecoveryCodesReplaced,
            Self::RecoveryCodeUsed { .. } => Kind::RecoveryCodeUsed,
            Self::SecondFactorGuessed => Kind::SecondFactorGuessed,
            Self::SlaReport(_) => Kind::SlaReport,
            Self::PageLink { .. } => Kind::PageLink,
        }
    }

    /// In which language it is.
    pub(crate) fn locale(&self) -> Locale {
        match self {
            Self::PageLink { locale, .. } => *locale,
            _ => Locale::En,
        }
    }

    /// The subject and what is said where the second factor is what the mail is about.
    fn about_the_second_factor(&self) -> (&'static str, Vec<String>) {
        const NOT_YOU: &str = "If it was not you, somebody else can sign in: reset the password at once, and then look at the second factor and the API keys of your organisations.";
        let (subject, said) = match self {
            Self::SecondFactorOff { by_operator: false } => (
                "The second factor was turned off",
                "The second factor of your account was turned off just now: signing in needs the password alone.".to_owned(),
            ),
            Self::SecondFactorOff { by_operator: true } => (
                "The second factor was removed",
                "Who runs this installation has removed the second factor of your account: signing in needs the password alone. Turn it on again with the app that you use now.".to_owned(),
            ),
            Self::RecoveryCodesReplaced => (
                "New recovery codes were made",
                "New recovery codes were made for your account just now. Those before do not work any more.".to_owned(),
            ),
            Self::RecoveryCodeUsed { left } => (
                "A recovery code was used",
                format!("A recovery code of your account was used just now. It does not work again; {left} are left. Make new ones before you run out of them."),
            ),
            Self::SecondFactorGuessed => (
                "Somebody tries to sign in with your password",
                "Your password was right, and then several wrong codes of the second factor were given. Nobody has got in by them.".to_owned(),
            ),
            _ => (
                "The second factor was turned on",
                "The second factor of your account was turned on just now: signing in needs a code of your authenticator app. Keep the recovery codes where you find them without your phone.".to_owned(),
            ),
        };
        (subject, vec![said, NOT_YOU.to_owned()])
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
                subject: format!("A login at {provider} was linked to your account"),
                paragraphs: vec![
                    format!("A login at {provider} signs in to your account from now on."),
                    "If it was not you, unlink it on the page of your account, reset the password, and end all sessions.".to_owned(),
                ],
                button: Some(("Look at the account", format!("{public_url}/account"))),
                validity: None,
                reason: notice,
            },
            Self::LoginUnlinked { provider } => Letter {
                subject: format!("A login at {provider} was unlinked from your account"),
                paragraphs: vec![
                    format!("A login at {provider} does not sign in to your account any more."),
                    "If it was not you, somebody else can sign in: reset the password at once, and end all sessions.".to_owned(),
                ],
                button: reset,
                validity: None,
                reason: notice,
            },
            Self::AccountDeletion { due } => Letter {
                subject: "Your account is to be deleted".to_owned(),
                paragraphs: vec![
                    format!("Your account, and the organisations that have no other member, are deleted on {}. Until then nothing of those organisations is checked, and you can cancel it.", day(*due)),
                    "If it was not you, somebody knows your password: sign in, cancel the deletion, and change the password.".to_owned(),
                ],
                button: Some(("Look at the account", format!("{public_url}/account"))),
                validity: None,
                reason: notice,
            },
            Self::OrganisationDeletion { organisation, by, due } => {
                let (organisation, by) = (mailed_name(organisation), mailed_name(by));
                Letter {
                    subject: format!("\"{organisation}\" is to be deleted"),
                    paragraphs: vec![format!("{by} has asked for the organisation \"{organisation}\" to be deleted. That is done on {}, with everything it has. Until then nothing of it is checked, its API keys are refused, and every owner can cancel it.", day(*due))],
                    button: Some(("Look at the organisation", format!("{public_url}/organisation"))),
                    validity: None,
                    reason: notice,
                }
            }
            Self::DeletionCancelled { organisation } => {
                let what = organisation.as_ref().map_or_else(|| "Your account".to_owned(), |name| format!("\"{}\"", mailed_name(name)));
                Letter {
                    subject: format!("{what} is not deleted"),
                    paragraphs: vec![format!("{what} is not deleted: that was cancelled. What was checked before is checked again.")],
                    button: None,
                    validity: None,
                    reason: notice,
                }
            }
            Self::OrganisationDeleted { organisation } => {
                let organisation = mailed_name(organisation);
                Letter {
                    subject: format!("\"{organisation}\" was deleted"),
                    paragraphs: vec![format!("The organisation \"{organisation}\" was deleted, with everything it had. The log of checks has its records for some more days, and backups for as long as whoever runs this installation keeps them.")],
                    button: None,
                    validity: None,
                    reason: notice,
                }
            }
            Self::AccountDeleted => Letter {
                subject: "Your account was deleted".to_owned(),
                paragraphs: vec!["Your account was deleted, with the organisations that had no other member. In other organisations it stays known what you did, but not that it was you.".to_owned()],
                button: None,
                validity: None,
                reason: format!("You get this mail because {to} was the address of an account on {public_url}."),
            },
            Self::ExportReady { organisation } => {
                let (what, page) = match organisation {
                    Some(name) => (format!("of \"{}\"", mailed_name(name)), "organisation"),
                    None => ("of your account".to_owned(), "account"),
                };
                Letter {
                    subject: "Your export can be downloaded".to_owned(),
                    paragraphs: vec![format!("The archive {what} that you have asked for was made. It can be downloaded for seven days.")],
                    button: Some(("Download the archive", format!("{public_url}/{page}"))),
                    validity: None,
                    reason: notice,
                }
            }
            Self::SlaReport(told) => told.letter(to, public_url),
            Self::PageLink { link, title, url, locale } => page_link::letter(link, title, url, *locale),
            Self::SecondFactorOn
            | Self::SecondFactorOff { .. }
            | Self::RecoveryCodesReplaced
            | Self::RecoveryCodeUsed { .. }
            | Self::SecondFactorGuessed => {
                let (subject, paragraphs) = self.about_the_second_factor();
                Letter { subject: subject.to_owned(), paragraphs, button: reset, validity: None, reason: notice }
            }
        }
    }
}
