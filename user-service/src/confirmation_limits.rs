//! How many mails ask an address to confirm: anybody can name any address, and nobody shall be flooded.

use std::time::Duration;

use domain::{EmailRecipientId, OrgId};
use fred::error::Error;
use fred::interfaces::ClientLike as _;
use shared::redis::{Limit, count, mailbox};

use crate::app::App;

/// Mails of one organisation to one address in [`HOUR`] and in [`DAY`].
const PER_RECIPIENT_HOUR: u32 = 3;
const PER_RECIPIENT_DAY: u32 = 6;

/// Mails of one organisation in [`HOUR`].
const PER_ORG_HOUR: u32 = 60;

/// Mails of all organisations to one mailbox in [`DAY`]: so many that one organisation alone cannot use them up, and
/// keep another from asking.
const PER_MAILBOX_DAY: u32 = 30;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Counts a mail that asks `address`; answers how long to wait when there were enough, and counts nothing then.
///
/// # Errors
/// When Redis does not answer.
pub(crate) async fn count_mail(app: &App, org: OrgId, address: &str) -> Result<Option<Duration>, Error> {
    if !app.redis.is_connected() {
        return Err(Error::new(fred::error::ErrorKind::IO, "not connected"));
    }
    count(&app.redis, &app.redis_keys, &limits(org, address)).await
}

fn limits(org: OrgId, address: &str) -> [Limit; 4] {
    let recipient = EmailRecipientId::new(org, address).to_string();
    let limit = |what, who, times, window| Limit {
        what,
        who,
        times,
        window,
    };
    [
        limit("confirm-hour", recipient.clone(), PER_RECIPIENT_HOUR, HOUR),
        limit("confirm-day", recipient, PER_RECIPIENT_DAY, DAY),
        limit("confirm-org", org.to_string(), PER_ORG_HOUR, HOUR),
        limit("confirm-mailbox", mailbox(address), PER_MAILBOX_DAY, DAY),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_alone_cannot_use_up_what_an_address_may_get() {
        const { assert!(PER_RECIPIENT_DAY * 3 < PER_MAILBOX_DAY) };
        let who = |org, address| limits(OrgId(org), address).map(|limit| limit.who);
        let (one, other) = (who(7, "ops@a.org"), who(8, "Ops+x@a.org"));
        for index in 0..3 {
            assert_ne!(one[index], other[index]);
        }
        assert_eq!(one[3], other[3]);
    }
}
