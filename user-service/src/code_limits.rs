//! How many codes go to phones: anybody can enter any number, and nobody shall be flooded.

use std::time::Duration;

use domain::channel::Phone;
use domain::{ChannelId, UserId};
use fred::error::Error;
use fred::interfaces::ClientLike as _;
use shared::redis::{Limit, count};
use shared::token::TokenKey;

use crate::app::App;
use crate::confirmation_limits::Asker;

/// Codes of one channel in [`DAY`].
const PER_CHANNEL_DAY: u32 = 5;

/// Codes of all own channels of a member together in [`DAY`], in whatever organisation, also of those that are gone.
const PER_MEMBER_DAY: u32 = 10;

/// Codes of everybody to one number by one account of a service in [`DAY`]: more than a member may have, so that nobody
/// alone uses them up. Where they go by another account they are not counted together: an account or a service that is
/// made up sends nothing, and would keep the owner of the number from confirming it.
const PER_NUMBER_DAY: u32 = 15;

/// Codes of one organisation in [`HOUR`], and of one that is younger than [`DAY`].
const PER_ORG_HOUR: u32 = 60;
const PER_NEW_ORG_HOUR: u32 = 20;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Keeps these hashes apart from others of the same key.
const LABEL: &str = "number-limit";

/// Counts a code that goes to `phone` by a channel of `owner`; says how long to wait when there were enough, and counts
/// nothing then.
///
/// # Errors
/// When Redis does not answer.
pub(crate) async fn count_code(
    app: &App,
    asker: Asker,
    (owner, channel): (UserId, ChannelId),
    phone: Phone<'_>,
) -> Result<Option<Duration>, Error> {
    if !app.redis.is_connected() {
        return Err(Error::new(fred::error::ErrorKind::IO, "not connected"));
    }
    let number = hashed(&app.token_key, phone);
    count(
        &app.redis,
        &app.redis_keys,
        &limits(asker, owner, channel, number),
    )
    .await
}

/// Redis need not hold the number, and without the key nobody finds it by trying all of them.
fn hashed(key: &TokenKey, phone: Phone<'_>) -> String {
    let digits: String = phone.number.chars().filter(char::is_ascii_digit).collect();
    let api_url = phone.api_url.trim_end_matches('/').to_ascii_lowercase();
    let by_whom = format!("{digits}\n{api_url}\n{}", phone.account);
    let hash = key.derive(LABEL, by_whom.as_bytes());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn limits(asker: Asker, owner: UserId, channel: ChannelId, number: String) -> Vec<Limit> {
    let limit = |what, who, times, window| Limit {
        what,
        who,
        times,
        window,
    };
    let per_org = if asker.is_new {
        PER_NEW_ORG_HOUR
    } else {
        PER_ORG_HOUR
    };
    vec![
        limit("code-channel", channel.to_string(), PER_CHANNEL_DAY, DAY),
        limit("code-member", owner.to_string(), PER_MEMBER_DAY, DAY),
        limit("code-number", number, PER_NUMBER_DAY, DAY),
        limit("code-org", asker.org.to_string(), per_org, HOUR),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::OrgId;

    fn who(asker: (i64, bool), owner: i64, channel: i64, number: &str) -> Vec<String> {
        let asker = Asker {
            org: OrgId(asker.0),
            is_new: asker.1,
        };
        let limits = limits(asker, UserId(owner), ChannelId(channel), number.to_owned());
        limits.into_iter().map(|limit| limit.who).collect()
    }

    #[test]
    fn a_member_who_makes_channels_anew_sends_no_more_and_neither_do_many_to_one_number() {
        const { assert!(PER_CHANNEL_DAY < PER_MEMBER_DAY && PER_MEMBER_DAY < PER_NUMBER_DAY) };
        let (one, other) = (who((7, false), 3, 1, "x"), who((7, false), 3, 2, "y"));
        assert_ne!(one[0], other[0]);
        assert_eq!(one[1], other[1]);
        let (one, other) = (who((7, false), 3, 1, "x"), who((8, false), 4, 2, "x"));
        assert_eq!(one[2], other[2]);
        for index in [0, 1, 3] {
            assert_ne!(one[index], other[index]);
        }
        // Nothing is counted for all organisations together: whoever makes many of them would keep everybody from confirming.
        let (one, other) = (who((7, true), 3, 1, "x"), who((8, true), 4, 2, "y"));
        assert!(one.iter().all(|counted| !other.contains(counted)));
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written_and_is_not_seen() {
        let key = TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into());
        let by = |number, api_url, account| {
            let phone = Phone {
                number,
                api_url,
                account,
            };
            hashed(&key, phone)
        };
        let ada = by("+4915112345678", "https://a", "AC1");
        assert_eq!(by("4915112345678", "https://A/", "AC1"), ada);
        assert_ne!(by("+4915112345679", "https://a", "AC1"), ada);
        assert_eq!(ada.len(), 32);
        // What somebody sends by a service or an account of their own, or one that is made up, uses up nothing of it.
        assert_ne!(by("+4915112345678", "https://b", "AC1"), ada);
        assert_ne!(by("+4915112345678", "https://a", "AC2"), ada);
    }
}
