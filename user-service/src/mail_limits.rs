//! How many mails about accounts and links to status pages go to one mailbox, and how many invitations one may send: anybody can name any address,
//! and nobody shall be flooded.

use std::time::Duration;

use domain::{OrgId, StatusPageId};
use shared::http::problem::Problem;
use shared::redis::{Limit, count, mailbox};

use crate::app::App;
use crate::limited::is_counting;
use crate::metrics as names;
use crate::rules::mail_content::Kind;

/// Mails of one kind to one mailbox in [`HOUR`].
const PER_MAILBOX_HOUR: u32 = 3;

/// Invitations by one user, and to one organisation, in [`DAY`].
const INVITATIONS_PER_USER: u32 = 20;
const INVITATIONS_PER_ORG: u32 = 100;

/// Invitations of all organisations to one mailbox in [`DAY`]: more than one alone can use up.
const INVITATIONS_PER_MAILBOX: u32 = 30;

/// New addresses that one user may have a mail sent to in [`DAY`].
const CHANGES_PER_USER: u32 = 5;

/// Links to all status pages to one mailbox in [`DAY`], and to one status page in [`HOUR`].
const LINKS_PER_MAILBOX: u32 = 30;
const LINKS_PER_PAGE: u32 = 200;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Counts a mail of a kind to `address`; answers how long to wait when there were enough.
///
/// # Errors
/// 503 while mails cannot be counted.
pub(crate) async fn count_mail(app: &App, kind: Kind, address: &str) -> Result<Option<Duration>, Problem> {
    counted(app, kind, &[per_mailbox(kind, address)]).await
}

/// Counts a mail to a new address of a user; answers how long to wait when there were enough.
///
/// # Errors
/// 503 while mails cannot be counted.
pub(crate) async fn count_change(app: &App, user: i64, address: &str) -> Result<Option<Duration>, Problem> {
    let limits = [
        per_mailbox(Kind::EmailChange, address),
        limit("email-change-user", user.to_string(), CHANGES_PER_USER, DAY),
    ];
    counted(app, Kind::EmailChange, &limits).await
}

/// Counts an invitation; answers how long to wait when there were enough.
///
/// # Errors
/// 503 while invitations cannot be counted.
pub(crate) async fn count_invitation(
    app: &App,
    user: i64,
    org: OrgId,
    address: &str,
) -> Result<Option<Duration>, Problem> {
    // Of one organisation: another one must not be able to keep it from inviting somebody.
    let mailbox = mailbox(address);
    let limits = [
        limit(
            "mail-invitation",
            format!("{org}:{mailbox}"),
            PER_MAILBOX_HOUR,
            HOUR,
        ),
        limit("mail-invitation-mailbox", mailbox, INVITATIONS_PER_MAILBOX, DAY),
        limit("invitation-user", user.to_string(), INVITATIONS_PER_USER, DAY),
        limit("invitation-org", org.to_string(), INVITATIONS_PER_ORG, DAY),
    ];
    counted(app, Kind::Invitation, &limits).await
}

/// Counts a link to a status page; answers how long to wait when there were enough.
///
/// # Errors
/// 503 while links cannot be counted.
pub(crate) async fn count_page_link(
    app: &App,
    page: StatusPageId,
    address: &str,
) -> Result<Option<Duration>, Problem> {
    let mailbox = mailbox(address);
    let limits = [
        // Of one page: another one must not be able to keep somebody out of it.
        limit(
            "mail-page-link",
            format!("{page}:{mailbox}"),
            PER_MAILBOX_HOUR,
            HOUR,
        ),
        limit("mail-page-link-mailbox", mailbox, LINKS_PER_MAILBOX, DAY),
        limit("mail-page-link-page", page.to_string(), LINKS_PER_PAGE, HOUR),
    ];
    counted(app, Kind::PageLink, &limits).await
}

fn per_mailbox(kind: Kind, address: &str) -> Limit {
    let what = match kind {
        Kind::Verification => "mail-verification",
        Kind::PasswordReset => "mail-password-reset",
        Kind::PasswordChanged => "mail-password-changed",
        Kind::EmailChange => "mail-email-change",
        Kind::EmailChanged => "mail-email-changed",
        Kind::Invitation => "mail-invitation",
        Kind::AddressTaken => "mail-address-taken",
        Kind::LoginLinked => "mail-login-linked",
        Kind::LoginUnlinked => "mail-login-unlinked",
        Kind::SecondFactorOn => "mail-second-factor-on",
        Kind::SecondFactorOff => "mail-second-factor-off",
        Kind::RecoveryCodesReplaced => "mail-recovery-codes-replaced",
        Kind::RecoveryCodeUsed => "mail-recovery-code-used",
        Kind::SecondFactorGuessed => "mail-second-factor-guessed",
        Kind::PageLink => "mail-page-link",
        // They follow what is limited by itself.
        Kind::AccountDeletion
        | Kind::OrganisationDeletion
        | Kind::DeletionCancelled
        | Kind::OrganisationDeleted
        | Kind::AccountDeleted
        | Kind::ExportReady
        | Kind::SlaReport => kind.as_str(),
    };
    limit(what, mailbox(address), PER_MAILBOX_HOUR, HOUR)
}

fn limit(what: &'static str, who: String, times: u32, window: Duration) -> Limit {
    Limit {
        what,
        who,
        times,
        window,
    }
}

async fn counted(app: &App, kind: Kind, limits: &[Limit]) -> Result<Option<Duration>, Problem> {
    let uncounted = || Problem::unavailable("the count of mails");
    if !is_counting(app).await {
        return Err(uncounted());
    }
    let wait = count(&app.redis, &app.redis_keys, limits)
        .await
        .map_err(|error| {
            tracing::warn!(%error, "mails cannot be counted");
            uncounted()
        })?;
    if wait.is_some() {
        metrics::counter!(names::MAILS, "kind" => kind.as_str(), "outcome" => "limited").increment(1);
    }
    Ok(wait)
}
