//! How much an organisation may decide about alerts: alerters read all of it at once, and keep it.

use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;

use super::Scope;
use super::channels::Whose;
use super::error::StoreError;

/// Bytes of JSON that the routes of an organisation may have together, and so may its escalation policies and its
/// schedules. What alerters read has 4 MiB at most.
const MAX_BYTES: i64 = 768 * 1_024;

/// The same of silences.
pub(super) const MAX_SILENCE_BYTES: i64 = 384 * 1_024;

/// What a silence takes of it, in SQL; with it, alerters are told in about so many bytes of when it is.
pub(super) const SILENCE_BYTES: &str = "octet_length(monitors::text) + octet_length(conditions::text) + 160";

/// Bytes that the configurations of an organisation's channels may have together, as they are sealed, with the quiet hours
/// of members for each channel of their own: alerters get them so.
const MAX_CONFIG_BYTES: i64 = 1_024 * 1_024;

/// What one channel may have of it.
const MAX_CHANNEL_BYTES: usize = 32 * 1_024;

/// The same of a channel of a member's own: of these there may be many.
const MAX_OWN_BYTES: usize = 8 * 1_024;

/// What the channels of an organisation take of it, in SQL.
const CHANNEL_BYTES: &str =
    "SELECT coalesce(sum(octet_length(c.config) + coalesce(octet_length(q.quiet_hours::text), 0)), 0)::bigint
     FROM channels c LEFT JOIN member_quiet_hours q ON q.org_id = c.org_id AND q.user_id = c.owner_id
     WHERE c.org_id = $1";

/// What takes up room.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Channels,
    QuietHours,
    Routes,
    Policies,
    Schedules,
    Silences,
}

/// Refuses what was just stored when there is too much of it now.
///
/// # Errors
/// 422 that names the field which takes up most.
pub(crate) async fn require_room(
    tx: &impl GenericClient,
    scope: Scope,
    part: Part,
) -> Result<(), StoreError> {
    let (field, what, sql) = match part {
        Part::Channels => ("config", "channels", CHANNEL_BYTES),
        Part::QuietHours => ("windows", "channels and their quiet hours", CHANNEL_BYTES),
        Part::Routes => (
            "conditions",
            "routes",
            "SELECT coalesce(sum(octet_length(conditions::text) + octet_length(recipients::text)), 0)::bigint
             FROM alert_routes WHERE org_id = $1",
        ),
        Part::Policies => (
            "steps",
            "escalation policies",
            "SELECT coalesce(sum(octet_length(plan::text)), 0)::bigint FROM escalation_policies WHERE org_id = $1",
        ),
        Part::Schedules => (
            "layers",
            "schedules",
            "SELECT coalesce(sum(octet_length(rota::text)), 0)::bigint FROM on_call_schedules WHERE org_id = $1",
        ),
        Part::Silences => return require_room_of_silences(tx, scope).await,
    };
    let bytes: i64 = tx.query_one(sql, &[scope.org_id()]).await?.try_get(0)?;
    let most = match part {
        Part::Channels | Part::QuietHours => MAX_CONFIG_BYTES,
        _ => MAX_BYTES,
    };
    refuse_more(field, what, bytes, most)
}

/// Refuses the sealed configuration of a channel that is too large by itself.
///
/// # Errors
/// 422 (`config`).
pub(super) fn require_small(sealed: &[u8], whose: Whose) -> Result<(), StoreError> {
    let most = match whose {
        Whose::Organisation => MAX_CHANNEL_BYTES,
        Whose::Member(_) => MAX_OWN_BYTES,
    };
    if sealed.len() <= most {
        return Ok(());
    }
    let of = match whose {
        Whose::Organisation => "a channel",
        Whose::Member(_) => "a channel of your own",
    };
    let wrong = format!("is too large: that of {of} may have {} KiB", most / 1_024);
    Err(StoreError::Invalid(vec![FieldError::new("config", wrong)]))
}

/// Those that are over do not count: nobody can delete them, and alerters are told of as many as there is room for.
async fn require_room_of_silences(tx: &impl GenericClient, scope: Scope) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT coalesce(sum({SILENCE_BYTES}), 0)::bigint,
                coalesce(sum(octet_length(monitors::text) - octet_length(conditions::text)), 0)::bigint
         FROM silences WHERE org_id = $1 AND ends_at > now()"
    );
    let row = tx.query_one(&sql, &[scope.org_id()]).await?;
    let (bytes, more_of_monitors): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let field = match more_of_monitors < 0 {
        true => "conditions",
        false => "monitors",
    };
    refuse_more(field, "silences that are not over", bytes, MAX_SILENCE_BYTES)
}

fn refuse_more(field: &str, what: &str, bytes: i64, most: i64) -> Result<(), StoreError> {
    if bytes <= most {
        return Ok(());
    }
    let wrong = format!(
        "is too large: all {what} of the organisation together may have {} KiB",
        most / 1_024
    );
    Err(StoreError::Invalid(vec![FieldError::new(field, wrong)]))
}
