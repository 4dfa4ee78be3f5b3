//! How many mails ask an address to confirm: anybody can name any address, and nobody shall be flooded.

use std::time::Duration;

use domain::{OrgId, Timestamp};
use fred::error::Error;
use fred::interfaces::ClientLike as _;
use shared::redis::{Limit, Reached, count_or_reached, mailbox};

use crate::app::App;

/// Mails of one organisation to one mailbox in [`HOUR`] and in [`DAY`].
const PER_RECIPIENT_HOUR: u32 = 3;
const PER_RECIPIENT_DAY: u32 = 6;

/// Mails of one organisation in [`HOUR`], and of one that is younger than [`DAY`].
const PER_ORG_HOUR: u32 = 60;
const PER_NEW_ORG_HOUR: u32 = 20;

/// Mails of all organisations together that are younger than [`DAY`], in [`HOUR`]: anybody can make any number of them,
/// and the sender of the mails is that of the alerts.
const NEW_ORGS_HOUR: u32 = 300;

/// Mails of all organisations to one mailbox in [`DAY`]: so many that one organisation alone cannot use them up, and
/// keep another from asking.
const PER_MAILBOX_DAY: u32 = 30;

/// The limits that hold for all mails of an organisation, whoever gets them.
const PER_ORG: &str = "confirm-org";
const OF_NEW_ORGS: &str = "confirm-new";

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Who asks: an organisation, and whether it is younger than a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) org: OrgId,
    pub(crate) is_new: bool,
}

impl Asker {
    /// An organisation that was made at `created_at`.
    pub(crate) fn new(org: OrgId, created_at: Timestamp, now: Timestamp) -> Self {
        let age_ms = now.millis_since(created_at);
        Self {
            org,
            is_new: i128::from(age_ms) < DAY.as_millis().cast_signed(),
        }
    }
}

/// There were enough mails for now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enough {
    /// How long the mail has to wait.
    pub(crate) wait: Duration,
    /// How long all of the organisation's mails have to.
    pub(crate) org_wait: Option<Duration>,
}

/// Counts a mail that asks `address`; says when there were enough, and counts nothing then.
///
/// # Errors
/// When Redis does not answer.
pub(crate) async fn count_mail(app: &App, asker: Asker, address: &str) -> Result<Option<Enough>, Error> {
    if !app.redis.is_connected() {
        return Err(Error::new(fred::error::ErrorKind::IO, "not connected"));
    }
    let limits = limits(asker, address);
    let reached = count_or_reached(&app.redis, &app.redis_keys, &limits).await?;
    let is_of_org = |reached: &&Reached| matches!(reached.what, PER_ORG | OF_NEW_ORGS);
    let wait = reached.iter().map(|reached| reached.wait).max();
    Ok(wait.map(|wait| Enough {
        wait,
        org_wait: reached.iter().filter(is_of_org).map(|reached| reached.wait).max(),
    }))
}

fn limits(asker: Asker, address: &str) -> Vec<Limit> {
    let Asker { org, is_new } = asker;
    // What follows `+` makes no other mailbox here either.
    let mailbox = mailbox(address);
    let recipient = format!("{org}:{mailbox}");
    let limit = |what, who, times, window| Limit {
        what,
        who,
        times,
        window,
    };
    let per_org = if is_new { PER_NEW_ORG_HOUR } else { PER_ORG_HOUR };
    let mut limits = vec![
        limit("confirm-hour", recipient.clone(), PER_RECIPIENT_HOUR, HOUR),
        limit("confirm-day", recipient, PER_RECIPIENT_DAY, DAY),
        limit("confirm-mailbox", mailbox, PER_MAILBOX_DAY, DAY),
        limit(PER_ORG, org.to_string(), per_org, HOUR),
    ];
    if is_new {
        limits.push(limit(OF_NEW_ORGS, "all".to_owned(), NEW_ORGS_HOUR, HOUR));
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(org: i64, is_new: bool, address: &str) -> Vec<String> {
        let asker = Asker {
            org: OrgId(org),
            is_new,
        };
        limits(asker, address)
            .into_iter()
            .map(|limit| limit.who)
            .collect()
    }

    #[test]
    fn an_organisation_alone_cannot_use_up_what_a_mailbox_may_get() {
        const { assert!(PER_RECIPIENT_DAY * 3 < PER_MAILBOX_DAY) };
        assert_eq!(who(7, false, "ops@a.org"), who(7, false, "Ops+x@a.org"));
        let (one, other) = (who(7, false, "ops@a.org"), who(8, false, "ops@a.org"));
        assert_eq!(one[2], other[2]);
        for index in [0, 1, 3] {
            assert_ne!(one[index], other[index]);
        }
    }

    #[test]
    fn new_organisations_share_what_all_of_them_may_ask() {
        assert_eq!(who(7, true, "a@a.org").last(), who(8, true, "b@b.org").last());
        assert_eq!(who(7, false, "a@a.org").len(), 4);
        let now = Timestamp::from_millis(1_795_255_200_000);
        let is_new = |hours: i64| Asker::new(OrgId(7), now.plus_millis(-hours * 3_600_000), now).is_new;
        assert!(is_new(0) && is_new(23) && !is_new(24));
    }
}
