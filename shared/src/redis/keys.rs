//! The names of the keys in Redis, in one place, each with its form and its writer.

use std::time::Duration;

use chrono::NaiveDate;
use domain::{ChannelId, MonitorId, OrgId};
use ring::digest::{SHA256, digest};

/// Entries that the stream of an organisation keeps, about: each of its writers cuts it there.
pub const STREAM_LENGTH: i64 = 1_000;

/// Days whose views of status pages are shown.
pub const STATUS_PAGE_VIEWS_DAYS: u64 = 90;

/// How long the views of a day are kept after the last one: until nobody is shown them any more.
pub const STATUS_PAGE_VIEWS_KEPT: Duration = Duration::from_secs((STATUS_PAGE_VIEWS_DAYS + 1) * 86_400);

/// Hashes over which [`Keys::ping_names`] is spread.
pub const PING_NAME_BUCKETS: u32 = 64;

/// Names keys under a prefix.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
    /// What the names have that pingers of another region than the home region share: `:` and the name of that region.
    region: String,
}

impl Keys {
    /// Names under `prefix`.
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            region: String::new(),
        }
    }

    /// The same, for the pingers of `region`: their shards, leases and pods are their own. Those of the home region have
    /// the names that they had when there was no other.
    pub fn of_region(&self, region: &str, home: &str) -> Self {
        let named = if region == home {
            String::new()
        } else {
            format!(":{region}")
        };
        Self {
            prefix: self.prefix.clone(),
            region: named,
        }
    }

    /// String: the document of a status page, by its slug (user-service).
    pub fn status_page(&self, slug: &str) -> String {
        format!("{}status-page:{slug}", self.prefix)
    }

    /// Bytes: the logo of a status page, a PNG, by its slug (user-service).
    pub fn status_page_logo(&self, slug: &str) -> String {
        format!("{}status-page-logo:{slug}", self.prefix)
    }

    /// String: the slug of the status page whose proven host name this is (user-service).
    pub fn status_page_host(&self, host: &str) -> String {
        format!("{}status-page-host:{host}", self.prefix)
    }

    /// Set: slugs of published pages that anybody may see (user-service).
    pub fn status_pages(&self) -> String {
        format!("{}status-pages", self.prefix)
    }

    /// String with expiry: the turn of what was written last under a slug or a host name of a status page; what has an
    /// earlier turn is not written any more (user-service).
    pub fn status_page_turn(&self, name: &str) -> String {
        format!("{}status-page-turn:{name}", self.prefix)
    }

    /// Hash with expiry: how often each status page was looked at on a day (UTC), by its id (gateway).
    pub fn status_page_views(&self, day: NaiveDate) -> String {
        format!("{}status-page-views:{day}", self.prefix)
    }

    /// Channel: slugs of status pages whose document changed, comma-separated (user-service).
    pub fn status_pages_changed(&self) -> String {
        format!("{}status-pages-changed", self.prefix)
    }

    /// String with expiry: the pod that holds the lease on a shard, in a region (pinger).
    pub fn lease(&self, shard: u32) -> String {
        format!("{}lease{}:{shard}", self.prefix, self.region)
    }

    /// Sorted set: pods of a region that live, by the time until which they count as alive (pinger).
    pub fn pods(&self) -> String {
        format!("{}pods{}", self.prefix, self.region)
    }

    /// String with expiry: the boundary in milliseconds up to which a released shard was checked in a region (pinger).
    pub fn handover(&self, shard: u32) -> String {
        format!("{}handover{}:{shard}", self.prefix, self.region)
    }

    /// Channel: the pod of a region that joined, left, or handed shards over (pinger).
    pub fn leases_changed(&self) -> String {
        format!("{}leases-changed{}", self.prefix, self.region)
    }

    /// Hash: the sealed definitions of a shard's monitors, by id (user-service).
    pub fn definitions(&self, shard: u32) -> String {
        format!("{}definitions:{shard}", self.prefix)
    }

    /// Channel: ids of monitors whose definition changed, comma-separated (user-service).
    pub fn definitions_changed(&self) -> String {
        format!("{}definitions-changed", self.prefix)
    }

    /// Channel: ids of organisations whose channels changed, comma-separated (user-service).
    pub fn channels_changed(&self) -> String {
        format!("{}channels-changed", self.prefix)
    }

    /// Hash: `revision` and `slot` (how new it is), `org`, `state`, and `json`, the live status of a monitor
    /// (processor, and user-service of a pause). Of a removed monitor a hash without `json` stays for an hour.
    pub fn status(&self, monitor: MonitorId) -> String {
        format!("{}status:{monitor}", self.prefix)
    }

    /// Sorted set: the last 60 points of a monitor as JSON, by slot (processor).
    pub fn sparkline(&self, monitor: MonitorId) -> String {
        format!("{}sparkline:{monitor}", self.prefix)
    }

    /// Stream, capped at [`STREAM_LENGTH`]: what the dashboards of an organisation are told live (processor,
    /// user-service). Fields: `event` (`status`, `incident` or `changed`) and `data` (JSON).
    pub fn stream(&self, org: OrgId) -> String {
        format!("{}stream:{org}", self.prefix)
    }

    /// String: there when the live state was written since Redis was empty (processor).
    pub fn filled(&self) -> String {
        format!("{}filled", self.prefix)
    }

    /// String: what is known of the pings of a heartbeat, as JSON (`domain::fold::HeartbeatState`, and `version`: how new
    /// it is) (processor). Of a removed one it stays for an hour.
    pub fn heartbeat(&self, monitor: MonitorId) -> String {
        format!("{}heartbeat:{monitor}", self.prefix)
    }

    /// String: an instant in milliseconds; what was appended to the partition before it is folded, and `heartbeat:…` says so
    /// (processor).
    pub fn heartbeats_folded(&self, partition: i32) -> String {
        format!("{}heartbeats-folded:{partition}", self.prefix)
    }

    /// String: there when `heartbeat:…` was written of every heartbeat since Redis was empty: one that has none was never
    /// pinged (processor).
    pub fn heartbeats_seeded(&self) -> String {
        format!("{}heartbeats-seeded", self.prefix)
    }

    /// Channel: ids of heartbeats of which a run has begun or goes on, comma-separated (processor).
    pub fn heartbeats_heard(&self) -> String {
        format!("{}heartbeats-heard", self.prefix)
    }

    /// String with expiry: a processor fills Redis, which was not emptied since it began (processor).
    pub fn filling(&self, by: &str) -> String {
        format!("{}filling:{by}", self.prefix)
    }

    /// String with expiry: the delivery with this name is being sent (alerter).
    pub fn sending(&self, delivery: domain::DeliveryId) -> String {
        format!("{}sending:{delivery}", self.prefix)
    }

    /// Hash with expiry: alerters that gather messages of one kind to a channel (`open:…`), and what those have
    /// gathered that are ready to tell of it (`part:…`, JSON) (alerter).
    pub fn storm(&self, channel: ChannelId, alert: &str) -> String {
        format!("{}storm:{channel}:{alert}", self.prefix)
    }

    /// String with expiry: the alerter that tells of the storm (alerter).
    pub fn storm_sender(&self, channel: ChannelId, alert: &str) -> String {
        format!("{}storm-sender:{channel}:{alert}", self.prefix)
    }

    /// String with expiry: what came of the message that tells of this part of a storm, as JSON (alerter).
    pub fn storm_verdict(&self, part: &str) -> String {
        format!("{}storm-verdict:{part}", self.prefix)
    }

    /// String with expiry: the incident of a monitor on which others depend, while it goes on and is announced (alerter).
    pub fn alert_announced(&self, monitor: MonitorId) -> String {
        format!("{}alert-announced:{monitor}", self.prefix)
    }

    /// String with expiry: `1` when the alerters have a mail server, `0` when they have none (alerter).
    pub fn mail_server(&self) -> String {
        format!("{}mail-server", self.prefix)
    }

    /// String with expiry: how often something was done in a window (gateway and alerter: test messages;
    /// user-service: buttons in Slack).
    pub fn rate(&self, what: &str, who: &str) -> String {
        format!("{}rate:{what}:{who}", self.prefix)
    }

    /// String with expiry: when all of a caller's quota is there again, in microseconds of Redis's clock (gateway).
    pub fn quota(&self, what: &str, who: &str) -> String {
        format!("{}quota:{what}:{who}", self.prefix)
    }

    /// String: the heartbeat that a ping means by `name`, its UUID in lower case or `push/` and a token, as JSON of a
    /// `PingTarget` (user-service).
    pub fn ping_target(&self, name: &str) -> String {
        format!("{}ping-target:{}", self.prefix, hashed(name))
    }

    /// String: the heartbeats that have this slug under this ping key, the first two where there are more, as JSON of a
    /// list of `PingTarget` (user-service).
    pub fn ping_slug(&self, ping_key: &str, slug: &str) -> String {
        format!(
            "{}ping-slug:{}",
            self.prefix,
            hashed(&format!("{ping_key}/{slug}"))
        )
    }

    /// String: the heartbeat whose state a badge with this key shows, as JSON of a `BadgeTarget` (user-service).
    pub fn badge(&self, key: &str) -> String {
        format!("{}badge:{}", self.prefix, hashed(key))
    }

    /// Hash: under which keys `ping-target:…`, `ping-slug:…` and `badge:…` a heartbeat stands, as JSON of a list, by the id of its
    /// monitor (user-service).
    pub fn ping_names(&self, bucket: u32) -> String {
        format!("{}ping-names:{bucket}", self.prefix)
    }
}

/// What opens something is not a name of a key: whoever sees the names cannot use it.
fn hashed(name: &str) -> String {
    let hash = digest(&SHA256, name.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
