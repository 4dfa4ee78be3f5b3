//! Each kind of channel against a service that answers as its documentation says: what is posted, what is understood of
//! each answer, and what becomes of the messages about one incident.

mod discord;
mod google_chat;
mod incidents;
mod jsm;
mod matrix;
mod mattermost;
mod ntfy;
mod pagerduty;
mod pushover;
mod teams;
mod telegram;
mod twilio;
mod webhook;
mod whatsapp;

use domain::Record;
use domain::acknowledge_link::AcknowledgeLink;
use domain::alert_event::{AlertEvent, Step};
use serde_json::Value;
use shared::crypto::Keyring;
use testkit::{HttpServer, Reply, Seen};

use crate::common::{ENCRYPTION_KEYS, PATIENCE, Running, World, channel, result};

/// An alerter whose only channel is one of a kind at a service.
struct Contract {
    world: World,
    service: HttpServer,
    alerter: Running,
    kind: &'static str,
    config: Value,
    _broker: Box<dyn Send>,
}

impl Contract {
    /// With the configuration that `config` makes of the service's URL.
    async fn start(
        kind: &'static str,
        config: impl FnOnce(&str) -> Value,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(&[], kind, config, answer).await
    }

    /// The same, with settings of the alerter's.
    async fn start_with(
        settings: &[(&'static str, &str)],
        kind: &'static str,
        config: impl FnOnce(&str) -> Value,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start_as(settings, kind, config, false, answer).await
    }

    /// The same, where incidents are acknowledged by links below this address.
    async fn start_linked(
        public_url: &str,
        kind: &'static str,
        config: impl FnOnce(&str) -> Value,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start_as(&[("PUBLIC_URL", public_url)], kind, config, true, answer).await
    }

    async fn start_as(
        settings: &[(&'static str, &str)],
        kind: &'static str,
        config: impl FnOnce(&str) -> Value,
        acknowledge_by_link: bool,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let (broker, kafka) = testkit::embedded_kafka();
        let world = World::new(kafka).await;
        let with = |world: World, (name, value): &(&'static str, &str)| world.with(name, value);
        let world = settings.iter().fold(world, with);
        let service = HttpServer::start(answer).await;
        let config = config(&service.url());
        let mut channel = channel(1, kind, config.to_string().as_bytes());
        channel.alerts.acknowledge_by_link = acknowledge_by_link;
        *world.known.channels.lock().unwrap() = vec![channel];
        let alerter = world.start().await;
        Self {
            world,
            service,
            alerter,
            kind,
            config,
            _broker: Box::new(broker),
        }
    }

    /// A monitor is down, for what the checked server is said to have answered.
    async fn down_with(&self, monitor: i64, error: &str) {
        let Record::Result(mut found) = result(monitor, self.world.slot(), false) else {
            unreachable!("it is a result")
        };
        found.error = Some(error.to_owned());
        self.world.publish(Record::Result(found)).await;
    }

    /// What the service was asked to do so far: not what it was only asked about.
    fn seen(&self) -> Vec<Seen> {
        asked_for(&self.service)
    }

    /// The same, once it is so many requests.
    async fn requests(&self, count: usize) -> Vec<Seen> {
        testkit::eventually(
            &format!("the service gets {count} requests"),
            PATIENCE,
            async || Some(self.seen()).filter(|seen| seen.len() >= count),
        )
        .await
    }

    /// Why the message failed for good.
    async fn failure(&self) -> String {
        self.event(Step::Failed).await.reason.unwrap_or_default()
    }

    /// What the service has answered to the first message that it has taken.
    async fn receipt(&self) -> String {
        self.event(Step::Sent).await.receipt.unwrap_or_default()
    }

    async fn event(&self, step: Step) -> AlertEvent {
        testkit::eventually(&format!("an event {step:?} is on record"), PATIENCE, async || {
            let events = self.world.events().await.into_iter();
            events.into_iter().find(|event| event.step == step)
        })
        .await
    }

    /// What comes of a test message.
    async fn test(&self) -> (bool, Option<String>) {
        let channel = channel(1, self.kind, self.config.to_string().as_bytes());
        self.alerter.test(&channel).await
    }
}

/// What a link that acknowledges stands for.
pub(crate) fn acknowledged_by(link: &str) -> AcknowledgeLink {
    let keyring = Keyring::parse(ENCRYPTION_KEYS).unwrap();
    let (_, token) = link.rsplit_once('/').unwrap();
    shared::acknowledge_link::read(token, &keyring, shared::now()).unwrap()
}

/// What a service was asked to do so far: not what it was only asked about.
fn asked_for(service: &HttpServer) -> Vec<Seen> {
    let mut seen = service.seen();
    seen.retain(|request| !is_question(request));
    seen
}

/// Whether a request changes nothing.
fn is_question(request: &Seen) -> bool {
    request.method == "GET"
}

/// The JSON that a request carries.
fn json_of(request: &Seen) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
