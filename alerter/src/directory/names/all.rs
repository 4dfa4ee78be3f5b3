//! All names of an organisation: asked for every now and then, and at once where its labels have changed.

use std::sync::Arc;
use std::time::Duration;

use domain::{MonitorId, OrgId};
use shared::http::client::CallError;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Inner, MAX_REMEMBERED, Names};
use crate::directory::DirectoryUpdate;
use crate::directory::labels::{NamesReader, OrgNames};

/// How often all names of an organisation are asked for.
const ALL_EVERY: Duration = Duration::from_secs(600);

/// How often they are, at most, where labels have changed or user-service has not answered.
const ALL_AGAIN: Duration = Duration::from_secs(5);

/// How often they are, where the labels that were answered are still of another version than was to be expected.
const UNEXPECTED_EVERY: Duration = Duration::from_secs(60);

/// Organisations whose names are being asked for, or wait for it; the others are looked at again soon.
const MAX_ASKING: usize = 1_000;

/// The last question for all names of an organisation.
#[derive(Debug)]
pub(super) struct AskedForAll {
    /// When it was asked, or is at the earliest.
    at: Instant,
    is_under_way: bool,
    /// The version of the labels that was to be expected.
    expected: i64,
    /// The version of those that were answered; none where there was no answer.
    answered: Option<i64>,
}

/// A question for all names of an organisation; it is under way until this is dropped.
struct AskingForAll {
    inner: Arc<Inner>,
    org: OrgId,
    asked_at: Instant,
    answered: Option<i64>,
}

impl Drop for AskingForAll {
    fn drop(&mut self) {
        let mut cache = self.inner.cache();
        cache.asking_for_all -= 1;
        if let Some(asked) = cache.asked_for_all.get_mut(&self.org) {
            asked.at = self.asked_at;
            asked.is_under_way = false;
            asked.answered = self.answered;
        }
    }
}

impl Names {
    /// Asks for all names of an organisation, unless that was done a short time ago and `labels_version` is that of the
    /// labels that were answered, or 0; the answer goes to `updates`.
    pub(crate) fn refresh(&self, org: OrgId, labels_version: i64, updates: &mpsc::Sender<DirectoryUpdate>) {
        let Some((mut asking, pause)) = self.begin_asking_for_all(org, labels_version) else {
            return;
        };
        let (names, updates) = (self.clone(), updates.clone());
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let Ok(_permit) = names.0.permits.acquire().await else {
                return;
            };
            asking.asked_at = Instant::now();
            match names.all_of(org).await {
                Ok(all) => {
                    for (monitor, labelled) in &all.names {
                        names.remember(*monitor, Arc::clone(&labelled.name));
                    }
                    asking.answered = Some(all.labels_version);
                    // Who takes the answer may have to ask again at once.
                    drop(asking);
                    // Nobody listens any more when the service has ended.
                    let _ = updates.send(DirectoryUpdate::Names(all)).await;
                }
                Err(error) => {
                    tracing::debug!(org_id = org.0, %error, "user-service does not answer with the names");
                }
            }
        });
    }

    /// None where the question need not be asked or is under way; else after which pause it may be.
    fn begin_asking_for_all(&self, org: OrgId, labels_version: i64) -> Option<(AskingForAll, Duration)> {
        let (mut cache, now) = (self.0.cache(), Instant::now());
        let last = cache.asked_for_all.get(&org);
        let pause = last.map_or(Some(Duration::ZERO), |last| last.pause(labels_version, now))?;
        if cache.asking_for_all >= MAX_ASKING {
            return None;
        }
        let asked_at = now + pause;
        let asked = AskedForAll {
            at: asked_at,
            is_under_way: true,
            expected: labels_version,
            answered: None,
        };
        cache.asking_for_all += 1;
        cache.asked_for_all.insert(org, asked);
        let asking = AskingForAll {
            inner: Arc::clone(&self.0),
            org,
            asked_at,
            answered: None,
        };
        Some((asking, pause))
    }

    /// Has all names asked for anew: a partition was assigned that does not have them. It gets the answers to the
    /// questions that are under way.
    pub(crate) fn refresh_all(&self) {
        self.0.cache().asked_for_all.retain(|_, asked| asked.is_under_way);
    }

    async fn all_of(&self, org: OrgId) -> Result<OrgNames, CallError> {
        let mut reader = NamesReader::new(org);
        let mut after = MonitorId(0);
        loop {
            let url = format!("{}/internal/names?org_id={org}&after={after}", self.0.base_url);
            let json = self.0.client.get(&url, self.0.keys.current()).await?;
            match reader.read(&json)? {
                Some(last) if reader.len() < MAX_REMEMBERED => after = last,
                _ => return Ok(reader.finish()),
            }
        }
    }
}

impl AskedForAll {
    /// Whether it says when to ask again.
    pub(super) fn is_needed(&self, now: Instant) -> bool {
        self.is_under_way || now.saturating_duration_since(self.at) < ALL_EVERY
    }

    /// After which pause it may be asked again, where that is needed.
    fn pause(&self, labels_version: i64, now: Instant) -> Option<Duration> {
        let elapsed = now.saturating_duration_since(self.at);
        let is_needed = match self.answered {
            _ if self.is_under_way => false,
            _ if elapsed >= ALL_EVERY => true,
            None => true,
            Some(answered) if labels_version == 0 || labels_version == answered => false,
            // What was expected may be older than the answer.
            Some(_) => labels_version != self.expected || elapsed >= UNEXPECTED_EVERY,
        };
        is_needed.then(|| ALL_AGAIN.saturating_sub(elapsed))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::http::identity::InternalKeys;
    use shared::settings::Reader;
    use testkit::{HttpServer, Reply};

    use super::*;

    const ORG: OrgId = OrgId(7);

    fn names(url: &str) -> Names {
        let key = "an-internal-key-of-some-length-or-other".to_owned();
        let keys = InternalKeys::read(&mut Reader::from_values(vec![("INTERNAL_API_KEY", key)]));
        Names::new(url, &keys)
    }

    fn page(labels_version: i64) -> Reply {
        let page = json!({"names": [[1, "Shop"]], "labels": [[1, {"kind": "http"}]],
                          "labels_version": labels_version, "next_after": null});
        Reply::new(200, page.to_string())
    }

    async fn answered(updates: &mut mpsc::Receiver<DirectoryUpdate>) -> i64 {
        match updates.recv().await {
            Some(DirectoryUpdate::Names(all)) => all.labels_version,
            other => panic!("{other:?}"),
        }
    }

    fn asked(at: Instant, answered: Option<i64>) -> AskedForAll {
        AskedForAll {
            at,
            is_under_way: false,
            expected: 4,
            answered,
        }
    }

    #[test]
    fn all_names_are_asked_for_again_when_labels_have_changed_and_not_too_often() {
        let mut now = Instant::now();
        let question = asked(now, Some(5));
        assert_eq!(question.pause(5, now), None);
        assert_eq!(question.pause(0, now), None, "nothing goes by labels");
        assert_eq!(question.pause(6, now), Some(ALL_AGAIN));
        assert_eq!(
            asked(now, None).pause(0, now),
            Some(ALL_AGAIN),
            "it was not answered"
        );
        now += ALL_AGAIN * 2;
        assert_eq!(question.pause(4, now), None, "the answer is newer");
        assert_eq!(question.pause(5, now), None);
        assert_eq!(question.pause(6, now), Some(Duration::ZERO));
        let under_way = AskedForAll {
            is_under_way: true,
            ..asked(now, Some(5))
        };
        now += UNEXPECTED_EVERY;
        assert_eq!(question.pause(4, now), Some(Duration::ZERO), "or is it?");
        now += ALL_EVERY;
        assert_eq!(under_way.pause(6, now), None);
        assert_eq!(question.pause(5, now), Some(Duration::ZERO), "every now and then");
    }

    #[tokio::test]
    async fn changes_in_quick_succession_are_one_question_more() {
        shared::install_crypto();
        let user_service = HttpServer::start(|_| page(5)).await;
        let names = names(&user_service.url());
        let (updates_in, mut updates) = mpsc::channel(8);
        for _ in 0..3 {
            names.refresh(ORG, 5, &updates_in);
        }
        assert_eq!(answered(&mut updates).await, 5);
        names.refresh(ORG, 5, &updates_in);
        let changed_at = Instant::now();
        user_service.answer_with(|_| page(7));
        for version in [6, 7, 7] {
            names.refresh(ORG, version, &updates_in);
        }
        assert_eq!(answered(&mut updates).await, 7);
        assert!(changed_at.elapsed() > ALL_AGAIN / 2, "{:?}", changed_at.elapsed());
        names.refresh(ORG, 7, &updates_in);
        assert_eq!(user_service.seen().len(), 2);
        names.refresh_all();
        names.refresh(ORG, 7, &updates_in);
        assert_eq!(answered(&mut updates).await, 7);
        assert_eq!(names.0.cache().asking_for_all, 0);
    }

    #[tokio::test]
    async fn a_question_that_broke_off_is_asked_again_after_a_while() {
        shared::install_crypto();
        let user_service = HttpServer::start(|_| Reply::new(503, "")).await;
        let names = names(&user_service.url());
        let (updates_in, mut updates) = mpsc::channel(8);
        names.refresh(ORG, 0, &updates_in);
        testkit::eventually("it has failed", ALL_AGAIN, || async {
            (!names.0.cache().asked_for_all[&ORG].is_under_way).then_some(())
        })
        .await;
        user_service.answer_with(|_| page(5));
        names.refresh(ORG, 0, &updates_in);
        assert_eq!(answered(&mut updates).await, 5);
        assert_eq!(user_service.seen().len(), 2);
    }
}
