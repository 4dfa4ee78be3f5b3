//! Showing the second factor: a code is accepted once, wrong ones are counted for the account, and what is done about it is
//! noted and mailed.

use actix_web::http::StatusCode;
use api::Actor;
use deadpool_postgres::{Client, Transaction};
use domain::monitor::FieldError;
use serde::Serialize;
use serde_json::{Value, json};
use shared::http::problem::Problem;

use crate::app::App;
use crate::mail::Mailer;
use crate::mail_limits::count_mail;
use crate::rules::mail_content::{Content, Kind};
use crate::rules::second_factor::{Code, FREE, RECOVERY_CODES, RecoveryCode, delay};
use crate::store::account_events::{self, Cause};
use crate::store::audit::{Author, By, Resource};
use crate::store::error::StoreError;
use crate::store::second_factors::{self, Locked};
use crate::store::{Scope, organisations};

/// By which operation somebody does something about a second factor, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    by: By,
    cause: Cause,
}

/// What the account's owner sees when a recovery code was accepted.
const RECOVERY_CODE_USED: &str = "RecoveryCodeUsed";

/// What the account's owner sees when so many wrong codes were given that one has to wait.
const FAILED: &str = "SecondFactorFailed";

/// What the audit log keeps of a member's second factor.
#[derive(Serialize)]
pub(crate) struct AuditedFactor {
    second_factor: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<i64>,
}

impl AuditedFactor {
    pub(crate) const OFF: Self = Self {
        second_factor: false,
        recovery_codes: None,
    };

    /// On, with so many recovery codes.
    pub(crate) fn on(recovery_codes: i64) -> Self {
        Self {
            second_factor: true,
            recovery_codes: Some(recovery_codes),
        }
    }
}

impl Deed {
    /// What `user` does.
    pub(crate) fn of(user: i64, cause: Cause) -> Self {
        Self {
            by: By::Actor(Actor::User(user)),
            cause,
        }
    }

    /// What who runs the installation does by a command.
    pub(crate) fn of_operator(action: &'static str) -> Self {
        Self {
            by: By::System("operator"),
            cause: Cause {
                action,
                address: None,
                user_agent: None,
                request_id: None,
            },
        }
    }

    /// Notes what a user's second factor was and is: for the user, and in each organisation.
    pub(crate) async fn note(
        &self,
        tx: &Transaction<'_>,
        user: i64,
        before: &AuditedFactor,
        after: &AuditedFactor,
    ) -> Result<(), StoreError> {
        let details = after.recovery_codes.map(of_codes);
        account_events::note(tx, user, &self.cause, details).await?;
        self.audit(tx, user, before, after).await
    }

    /// Notes for a user what was noticed in passing.
    async fn notice(
        &self,
        tx: &Transaction<'_>,
        user: i64,
        action: &'static str,
        details: Option<Value>,
    ) -> Result<(), StoreError> {
        let cause = Cause {
            action,
            ..self.cause.clone()
        };
        account_events::note(tx, user, &cause, details).await
    }

    /// Notes in each organisation of a user what the second factor was and is.
    async fn audit(
        &self,
        tx: &Transaction<'_>,
        user: i64,
        before: &AuditedFactor,
        after: &AuditedFactor,
    ) -> Result<(), StoreError> {
        let resource = Resource::new("member", user);
        for org in organisations::ids_of_user(tx, user).await? {
            let author = Author {
                by: self.by.clone(),
                scope: Scope::organisation(org),
                action: self.cause.action,
                address: self.cause.address,
                request_id: self.cause.request_id.clone(),
            };
            author.changed(tx, &resource, before, after).await?;
        }
        Ok(())
    }
}

/// What the account's owner sees of the codes that are left.
fn of_codes(left: i64) -> Value {
    json!({"recovery_codes": left})
}

/// What is said of a code that is not accepted.
fn refused(wrong: &str) -> Problem {
    Problem::invalid(vec![FieldError::new("code", wrong)])
}

/// Requires in a transaction, which is answered, that `code` is one of the user's second factor, which is on.
///
/// # Errors
/// 422 that names `code` when it is wrong or was used, 429 after too many wrong ones, 409 when the factor is off.
pub(crate) async fn show<'a>(
    app: &App,
    client: &'a mut Client,
    user: i64,
    code: &str,
    deed: &Deed,
) -> Result<Transaction<'a>, Problem> {
    let tx = client.transaction().await?;
    let factor = second_factors::lock(&tx, &app.keyring, user).await?;
    let factor = factor.filter(|factor| factor.is_on).ok_or_else(off)?;
    match Code::read(code) {
        Code::Malformed => Err(refused(
            "must be the six digits that the app shows, or a recovery code",
        )),
        Code::App(digits) => with_code(app, tx, user, &factor, &digits, deed).await,
        Code::Recovery(code) => {
            require_no_wait(&factor)?;
            let Some(left) = second_factors::take_recovery_code(&tx, user, &code).await? else {
                return Err(count(app, tx, user, &factor, deed, WRONG_RECOVERY_CODE).await?);
            };
            second_factors::passed(&tx, user, None).await?;
            deed.notice(&tx, user, RECOVERY_CODE_USED, Some(of_codes(left)))
                .await?;
            deed.audit(&tx, user, &AuditedFactor::on(left + 1), &AuditedFactor::on(left))
                .await?;
            let content = Content::RecoveryCodeUsed { left };
            app.mailer.post_if_room(&tx, &factor.email, &content).await?;
            Ok(tx)
        }
    }
}

/// Requires in a transaction, which is answered, that `code` shows that an app has the secret that was made last.
///
/// # Errors
/// As those of [`show`]; 409 when none was made, or the factor is on already.
pub(crate) async fn confirm<'a>(
    app: &App,
    client: &'a mut Client,
    user: i64,
    code: &str,
    deed: &Deed,
) -> Result<(Transaction<'a>, String), Problem> {
    let tx = client.transaction().await?;
    let factor = second_factors::lock(&tx, &app.keyring, user).await?;
    let none = || {
        Problem::new(
            StatusCode::CONFLICT,
            "there is no secret to confirm: have one made first",
        )
    };
    let factor = factor.ok_or_else(none)?;
    if factor.is_on {
        return Err(on_already());
    }
    let Code::App(digits) = Code::read(code) else {
        return Err(refused("must be the six digits that the app shows"));
    };
    let tx = with_code(app, tx, user, &factor, &digits, deed).await?;
    Ok((tx, factor.email))
}

/// What is said where the second factor is on.
pub(crate) fn on_already() -> Problem {
    Problem::new(StatusCode::CONFLICT, "the second factor is on already")
}

fn off() -> Problem {
    Problem::new(StatusCode::CONFLICT, "the second factor is off")
}

fn require_no_wait(factor: &Locked) -> Result<(), Problem> {
    factor
        .wait
        .map_or(Ok(()), |wait| Err(Problem::too_many_for(wait)))
}

async fn with_code<'a>(
    app: &App,
    tx: Transaction<'a>,
    user: i64,
    factor: &Locked,
    digits: &str,
    deed: &Deed,
) -> Result<Transaction<'a>, Problem> {
    require_no_wait(factor)?;
    let now = shared::now().as_millis() / 1_000;
    let step = factor.secret.step_of(digits, now);
    let Some(step) = step.filter(|step| *step > factor.last_step) else {
        return Err(count(app, tx, user, factor, deed, WRONG_CODE).await?);
    };
    second_factors::passed(&tx, user, Some(step)).await?;
    Ok(tx)
}

const WRONG_CODE: &str = "is wrong, or was used already: wait for the next one";

/// No other one comes by itself.
const WRONG_RECOVERY_CODE: &str = "is wrong, or was used already";

/// Counts a wrong code, and answers that it is `wrong`.
async fn count(
    app: &App,
    tx: Transaction<'_>,
    user: i64,
    factor: &Locked,
    deed: &Deed,
    wrong: &str,
) -> Result<Problem, Problem> {
    let failures = factor.failures.saturating_add(1);
    second_factors::failed(&tx, user, failures, delay(failures)).await?;
    // Once for each series: its owner has to know that somebody has the password.
    let tells = failures == FREE && factor.is_on;
    if tells {
        deed.notice(&tx, user, FAILED, None).await?;
    }
    if tells
        && app.mailer.is_set()
        && matches!(
            count_mail(app, Kind::SecondFactorGuessed, &factor.email).await,
            Ok(None)
        )
    {
        let content = Content::SecondFactorGuessed;
        app.mailer.post_if_room(&tx, &factor.email, &content).await?;
    }
    tx.commit().await?;
    app.mailer.wake.notify_one();
    tracing::info!(user_id = user, failures, "a wrong code of a second factor");
    Ok(refused(wrong))
}

/// Gives a user new recovery codes; answers them as they are shown.
pub(crate) async fn new_recovery_codes(tx: &Transaction<'_>, user: i64) -> Result<Vec<String>, StoreError> {
    let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::random()).collect();
    second_factors::set_recovery_codes(tx, user, &codes).await?;
    Ok(codes.iter().map(RecoveryCode::text).collect())
}

/// Turns a second factor off, and says so; answers whether it was on.
pub(crate) async fn remove(
    tx: &Transaction<'_>,
    mailer: &Mailer,
    user: i64,
    email: &str,
    deed: &Deed,
    by_operator: bool,
) -> Result<bool, StoreError> {
    let left = second_factors::find(tx, user).await?.recovery_codes;
    if !second_factors::remove(tx, user).await? {
        return Ok(false);
    }
    deed.note(tx, user, &AuditedFactor::on(left), &AuditedFactor::OFF)
        .await?;
    let content = Content::SecondFactorOff { by_operator };
    mailer.post_if_room(tx, email, &content).await?;
    Ok(true)
}
