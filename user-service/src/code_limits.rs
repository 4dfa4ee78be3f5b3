//! How many codes go to phones: anybody can enter any number, and nobody shall be flooded.

use std::time::Duration;

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

/// Codes of everybody to one number in [`DAY`]: more than a member may have, so that nobody alone uses them up.
const PER_NUMBER_DAY: u32 = 15;

/// Codes of one organisation in [`HOUR`], and of one that is younger than [`DAY`].
const PER_ORG_HOUR: u32 = 60;
const PER_NEW_ORG_HOUR: u32 = 20;

/// Codes of all organisations together that are younger than [`DAY`], in [`HOUR`]: anybody can make any number of them.
const NEW_ORGS_HOUR: u32 = 300;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Keeps these hashes apart from others of the same key.
const LABEL: &str = "number-limit";

/// Counts a code that goes to `number` by a channel of `owner`; says how long to wait when there were enough, and counts
/// nothing then.
///
/// # Errors
/// When Redis does not answer.
pub(crate) async fn count_code(
    app: &App,
    asker: Asker,
    (owner, channel): (UserId, ChannelId),
    number: &str,
) -> Result<Option<Duration>, Error> {
    if !app.redis.is_connected() {
        return Err(Error::new(fred::error::ErrorKind::IO, "not connected"));
    }
    let number = hashed(&app.token_key, number);
    count(
        &app.redis,
        &app.redis_keys,
        &limits(asker, owner, channel, number),
    )
    .await
}

/// Redis need not hold the number, and without the key nobody finds it by trying all of them.
fn hashed(key: &TokenKey, number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let hash = key.derive(LABEL, digits.as_bytes());
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
    let mut limits = vec![
        limit("code-channel", channel.to_string(), PER_CHANNEL_DAY, DAY),
        limit("code-member", owner.to_string(), PER_MEMBER_DAY, DAY),
        limit("code-number", number, PER_NUMBER_DAY, DAY),
        limit("code-org", asker.org.to_string(), per_org, HOUR),
    ];
    if asker.is_new {
        limits.push(limit("code-new", "all".to_owned(), NEW_ORGS_HOUR, HOUR));
    }
    limits
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
        assert_eq!(who((7, true), 3, 1, "x").last(), who((8, true), 4, 2, "y").last());
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written_and_is_not_seen() {
        let key = TokenKey::new(&"a secret of at least 32 bytes ....".to_owned().into());
        assert_eq!(hashed(&key, "+4915112345678"), hashed(&key, "4915112345678"));
        assert_ne!(hashed(&key, "+4915112345678"), hashed(&key, "+4915112345679"));
        assert_eq!(hashed(&key, "+4915112345678").len(), 32);
    }
}
