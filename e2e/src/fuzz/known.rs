//! What somebody knows from answers: ids, cursors, versions, tokens.

use std::collections::BTreeMap;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::Value;

use super::{Answer, Made};

/// How much is remembered of each kind. What is older is forgotten at random.
const REMEMBERED: usize = 30;

/// What somebody knows. Things are found by the last word of the path that they are in: `monitors`, `channels`.
#[derive(Clone, Debug, Default)]
pub struct Known {
    things: BTreeMap<String, Vec<String>>,
    /// The access token.
    pub token: String,
    /// The address of the account.
    pub email: String,
    /// Grows with each request.
    pub count: u32,
}

impl Known {
    /// Remembers something.
    pub fn learn(&mut self, kind: &str, what: impl Into<String>) {
        let (what, things) = (what.into(), self.things.entry(kind.to_owned()).or_default());
        if things.contains(&what) {
            return;
        }
        if things.len() < REMEMBERED {
            things.push(what);
        } else {
            // The first stays: what a test has put there itself.
            let oldest = 1 + self.count as usize % (REMEMBERED - 1);
            things[oldest] = what;
        }
    }

    /// What a test has put there itself.
    pub fn first(&self, kind: &str) -> Option<&str> {
        self.things.get(kind)?.first().map(String::as_str)
    }

    /// Something of a kind, if one is known.
    pub fn any(&self, dice: &mut StdRng, kind: &str) -> Option<&str> {
        let things = self.things.get(kind)?;
        things.get(dice.random_range(0..things.len())).map(String::as_str)
    }

    /// Something of a kind that may be removed: what a test has put there first stays.
    pub fn removable(&self, dice: &mut StdRng, kind: &str) -> Option<&str> {
        let things = self.things.get(kind).filter(|things| things.len() > 1)?;
        things.get(dice.random_range(1..things.len())).map(String::as_str)
    }

    /// Remembers what an answer to a request that succeeded tells.
    pub fn hear(&mut self, made: &Made, answer: &Answer) {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let kind = made.path.split(['?', '/']).nth(3).unwrap_or_default();
        if made.method == "DELETE" {
            self.forget(made);
        }
        if let Some((cookie, _)) = answer.header("set-cookie").split_once(';') {
            self.learn("cookies", cookie);
        }
        let etag = answer.header("etag");
        if !etag.is_empty() {
            self.learn("etag", etag);
        }
        if let Some(cursor) = body["next_cursor"].as_str() {
            self.learn(&format!("cursor of {}", made.operation.path), cursor);
        }
        let is_new = made.operation.id.starts_with("Create") || made.operation.id.starts_with("List");
        let items = body["items"]
            .as_array()
            .map_or(std::slice::from_ref(&body), Vec::as_slice);
        for item in items.iter().filter(|_| is_new) {
            let id = match &item["id"] {
                Value::String(id) => id.clone(),
                Value::Number(id) => id.to_string(),
                _ => continue,
            };
            let kind = match made.operation.id {
                "ListDeliveries" => "deliveries",
                "ListInvitations" => "invitations",
                "ListSessions" => "sessions",
                "ListAuditEvents" => "events",
                "ListPings" => "pings",
                "CreateOwnChannel" | "ListOwnChannels" => "own-channels",
                "CreateCalendarFeed" | "ListCalendarFeeds" => "calendars",
                "CreateOnCallOverride" | "ListOnCallOverrides" => "overrides",
                "ListStatusReports" | "CreateStatusReport" => "status-reports",
                "ListSubscribers" => "subscribers",
                "CreateDestination" | "ListDestinations" => "destinations",
                // They are looked for by nobody.
                "ListDestinationDeliveries" => continue,
                _ => kind,
            };
            self.learn(kind, id);
            if made.operation.id == "CreateDestination" {
                let page = made.path.split('/').nth(4).unwrap_or_default();
                self.learn("page-destinations", format!("{page}/destinations/{}", item["id"]));
            }
            for update in item["updates"].as_array().into_iter().flatten() {
                self.learn(
                    "report-updates",
                    format!("{}/updates/{}", item["id"], update["id"]),
                );
            }
            for recipient in item["recipients"].as_array().into_iter().flatten() {
                if let Some(id) = recipient["id"].as_str() {
                    self.learn("recipients", id);
                }
            }
        }
    }

    fn forget(&mut self, made: &Made) {
        let mut words = made.path.split(['?', '/']).skip(3);
        let (Some(kind), Some(id)) = (words.next(), words.next()) else {
            return;
        };
        if let Some(things) = self.things.get_mut(kind)
            && things.len() > 1
        {
            things.retain(|thing| thing != id);
        }
    }
}
