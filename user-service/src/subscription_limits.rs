//! How often addresses are signed up on status pages, and how many mails that makes: anybody can name any address, and
//! nobody shall be flooded.

use std::net::IpAddr;
use std::time::Duration;

use domain::StatusPageId;
use fred::error::{Error, ErrorKind};
use fred::interfaces::ClientLike as _;
use shared::http::client_address::AddressPrefix;
use shared::http::problem::Problem;
use shared::redis::{Limit, count, mailbox};

use crate::app::App;
use crate::confirmation_limits::Asker;
use crate::limited::is_counting;

/// Sign-ups from one client, and from one customer of a provider of IPv6, in [`HOUR`].
const PER_CLIENT: u32 = 20;
const PER_SITE: u32 = 100;

/// Sign-ups on one page in [`HOUR`]: during an outage many people come.
const PER_PAGE: u32 = 3_000;

/// Mails about one page to one mailbox in [`HOUR`] and in [`DAY`].
const PER_RECIPIENT_HOUR: u32 = 3;
const PER_RECIPIENT_DAY: u32 = 6;

/// Mails about all pages to one mailbox in [`DAY`]: more than one page alone can use up.
const PER_MAILBOX: u32 = 30;

/// Mails of one organisation in [`HOUR`], and of one that is younger than [`DAY`].
const PER_ORG: u32 = 5_000;
const PER_NEW_ORG: u32 = 20;

/// Mails of all organisations together that are younger than [`DAY`], in [`HOUR`].
const NEW_ORGS: u32 = 300;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn limit(what: &'static str, who: String, times: u32, window: Duration) -> Limit {
    Limit {
        what,
        who,
        times,
        window,
    }
}

/// Counts a sign-up by a visitor; answers how long to wait when there were enough, whatever the address is.
///
/// # Errors
/// 503 while sign-ups cannot be counted.
pub(crate) async fn count_sign_up(
    app: &App,
    page: StatusPageId,
    client: Option<IpAddr>,
) -> Result<Option<Duration>, Problem> {
    let uncounted = || Problem::unavailable("the count of sign-ups");
    if !is_counting(app).await {
        return Err(uncounted());
    }
    let limits = of_visitors(page, client);
    count(&app.redis, &app.redis_keys, &limits)
        .await
        .map_err(|error| {
            tracing::warn!(%error, "sign-ups cannot be counted");
            uncounted()
        })
}

fn of_visitors(page: StatusPageId, client: Option<IpAddr>) -> Vec<Limit> {
    let mut limits = vec![limit("subscribe-page", page.to_string(), PER_PAGE, HOUR)];
    if let Some(prefix) = client.map(AddressPrefix::of) {
        limits.push(limit("subscribe-client", prefix.to_string(), PER_CLIENT, HOUR));
        if let Some(site) = prefix.site() {
            limits.push(limit("subscribe-site", site.to_string(), PER_SITE, HOUR));
        }
    }
    limits
}

/// Counts a mail that answers a sign-up; answers how long it has to wait when there were enough, and counts nothing then.
///
/// # Errors
/// When Redis does not answer.
pub(crate) async fn count_answer(
    app: &App,
    asker: Asker,
    page: StatusPageId,
    address: &str,
) -> Result<Option<Duration>, Error> {
    if !app.redis.is_connected() {
        return Err(Error::new(ErrorKind::IO, "not connected"));
    }
    count(&app.redis, &app.redis_keys, &of_mails(asker, page, address)).await
}

fn of_mails(Asker { org, is_new }: Asker, page: StatusPageId, address: &str) -> Vec<Limit> {
    let mailbox = mailbox(address);
    let recipient = format!("{page}:{mailbox}");
    let per_org = if is_new { PER_NEW_ORG } else { PER_ORG };
    let mut limits = vec![
        limit("subscribe-hour", recipient.clone(), PER_RECIPIENT_HOUR, HOUR),
        limit("subscribe-day", recipient, PER_RECIPIENT_DAY, DAY),
        limit("subscribe-mailbox", mailbox, PER_MAILBOX, DAY),
        limit("subscribe-org", org.to_string(), per_org, HOUR),
    ];
    if is_new {
        limits.push(limit("subscribe-new", "all".to_owned(), NEW_ORGS, HOUR));
    }
    limits
}

#[cfg(test)]
mod tests {
    use domain::OrgId;

    use super::*;

    #[test]
    fn a_client_is_its_network() {
        let who = |client: &str| {
            let limits = of_visitors(StatusPageId(7), Some(client.parse().unwrap()));
            let who = limits
                .into_iter()
                .map(|limit| format!("{} {}", limit.what, limit.who));
            who.collect::<Vec<_>>()
        };
        assert_eq!(
            who("192.0.2.1"),
            ["subscribe-page 7", "subscribe-client 192.0.2.1"]
        );
        let (one, other) = (who("2001:db8:1:1::1"), who("2001:db8:1:2::1"));
        assert_eq!(who("2001:db8:1:1::2"), one);
        assert_ne!(one[1], other[1]);
        assert_eq!(one[2], other[2]);
        assert_eq!(of_visitors(StatusPageId(7), None).len(), 1);
    }

    #[test]
    fn a_page_alone_cannot_use_up_what_a_mailbox_may_get() {
        const { assert!(PER_RECIPIENT_DAY * 3 < PER_MAILBOX) };
        let who = |page, address| {
            let asker = Asker {
                org: OrgId(1),
                is_new: true,
            };
            let limits = of_mails(asker, StatusPageId(page), address);
            limits.into_iter().map(|limit| limit.who).collect::<Vec<_>>()
        };
        assert_eq!(who(7, "ops@a.org"), who(7, "Ops+x@a.org"));
        let (one, other) = (who(7, "ops@a.org"), who(8, "ops@a.org"));
        assert_ne!(one[0], other[0]);
        assert_eq!(one[2..], other[2..]);
    }
}
