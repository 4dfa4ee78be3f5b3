//! What each kind of channel makes of the same messages.

mod acknowledging;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::alert_event::AlertKind;
use domain::channel::{ChannelAlerts, Kind};
use domain::fold::{CloseReason, FoundBy};
use domain::internal::SealedChannel;
use domain::{ChannelId, DeliveryId, ErrorCode, IncidentId, MonitorId, OrgId, Timestamp};
use serde_json::{Value, json};
use shared::crypto::Keyring;
use shared::guard::{TargetGuard, Targets};
use shared::settings::Reader;
use shared::smtp::SmtpSettings;
use testkit::{FakeSmtp, HttpServer, Mail, Reply, Seen};

use super::{
    Channel, Clients, Form, GroupedIncident, IncidentDetails, Message, MessageKind, QuietDigest, Tally,
    drill, open,
};
use crate::links;

const ORG: OrgId = OrgId(7);
const PUBLIC_URL: &str = "https://uptime.example";
const STARTED_AT: Timestamp = Timestamp::from_millis(1_795_255_200_118);
const MONITOR: MonitorId = MonitorId(42);
const DRILL: MonitorId = MonitorId(-3);

/// A service that takes the messages of all kinds, and a mail server.
struct World {
    http: HttpServer,
    smtp: FakeSmtp,
    clients: Clients,
    keyring: Keyring,
}

impl World {
    async fn new() -> Self {
        shared::install_crypto();
        // What any of them says when it has taken a message.
        let taken = json!({
            "ok": true, "status": "success", "channel": "C01", "ts": "1.0", "id": "1", "name": "x", "event_id": "$e",
            "result": {"message_id": 1}, "requestId": "r", "messages": [{"id": "w"}], "sid": "S", "request": "q",
            "data": {"isSuccess": true, "alertId": "a"},
        });
        let http = HttpServer::start(move |_| Reply::new(200, taken.to_string())).await;
        let smtp = FakeSmtp::start().await;
        let variables = vec![("SMTP_URL", smtp.url.clone())];
        let settings = SmtpSettings::read(&mut Reader::from_values(variables)).unwrap();
        let guard = TargetGuard::new(Targets::Any, Vec::new(), Vec::new());
        let deadline = Duration::from_secs(20);
        Self {
            clients: Clients::new(&guard, Some(&settings), &http.url(), PUBLIC_URL, deadline),
            keyring: Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap(),
            http,
            smtp,
        }
    }

    fn channel(&self, kind: Kind, config: &Value) -> Box<dyn Channel> {
        let context = SealedChannel::seal_context(ORG);
        let config = self.keyring.seal(&context, config.to_string().as_bytes());
        let sealed = SealedChannel {
            id: ChannelId(1),
            org_id: ORG,
            name: "Ops".to_owned(),
            kind: kind.as_str().to_owned(),
            enabled: true,
            owner: None,
            alerts: ChannelAlerts::default(),
            sealed_config: STANDARD.encode(config),
            withheld: Vec::new(),
            sealed_left_out: None,
            sealed_decline_tokens: None,
            unconfirmed: false,
        };
        open(&sealed, &self.keyring, &self.clients).unwrap()
    }

    /// What a channel sends of a message, as it is read.
    async fn sent(&self, kind: Kind, config: &Value, message: &Message, form: Form) -> Vec<String> {
        let channel = self.channel(kind, config);
        let (requests, mails) = (self.http.seen().len(), self.smtp.mails().len());
        let sent = channel.send(message, form).await;
        assert!(sent.is_ok(), "{kind:?}: {sent:?}");
        let mut requests = self.http.seen().split_off(requests);
        // A question says nothing.
        requests.retain(|request| request.method != "GET");
        let mails = self.smtp.mails().split_off(mails);
        let mails = mails.iter().map(readable);
        requests.iter().map(text_of).chain(mails).collect()
    }
}

/// The values of a form, and the body of everything else.
fn text_of(request: &Seen) -> String {
    let content_type = request.headers["content-type"].to_str().unwrap();
    if content_type != "application/x-www-form-urlencoded" {
        return String::from_utf8(request.body.to_vec()).unwrap();
    }
    let values = url::form_urlencoded::parse(&request.body).map(|(_, value)| value.into_owned());
    values.collect::<Vec<_>>().join("\n")
}

/// A mail with what is encoded of its head in clear.
fn readable(mail: &Mail) -> String {
    let (head, _) = mail.text.split_once("\r\n\r\n").unwrap();
    let words = head.split_whitespace().map(|word| {
        let encoded = word.strip_prefix("=?utf-8?b?");
        let encoded = encoded.and_then(|rest| rest.strip_suffix("?="));
        encoded.map_or_else(
            || word.to_owned(),
            |encoded| String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap(),
        )
    });
    format!("{}\n{}", words.collect::<Vec<_>>().join(" "), mail.unfolded())
}

/// Configurations of a kind, whose service is at an address.
fn configs(kind: Kind, url: &str) -> Vec<Value> {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let webhook = json!({"url": url, "secret": secret});
    let templated = json!({
        "url": url, "secret": secret, "content_type": "text/plain", "body": "{{text}}|{{explanation}}|{{drill}}|{{why_url}}|{{acknowledge_url}}",
    });
    let twilio = |by: &str| {
        json!({
            "account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "5f4dcc3b5aa765d61d8327deb882cf99",
            "from_number": "+493012345678", "to_number": "+4915112345678", "by": by, "api_url": url,
        })
    };
    let config = match kind {
        Kind::Webhook => return vec![webhook, templated],
        Kind::Twilio => return vec![twilio("sms"), twilio("call")],
        Kind::Slack => json!({"webhook_url": url}),
        Kind::SlackBot => {
            json!({"bot_token": "xoxb-1-2-a", "channel": "C01", "signing_secret": "8f742231b10e"})
        }
        Kind::Email => json!({"to": ["ada@example.org"]}),
        Kind::WhatsApp => json!({
            "access_token": "EAAGm0PX4ZCpsBA-secret", "phone_number_id": "106540352242922", "to_number": "+4915112345678",
            "api_url": format!("{url}/v23.0"),
        }),
        Kind::PagerDuty => json!({"routing_key": "R0123456789abcefghijklmnopqrstuv", "api_url": url}),
        Kind::Jsm => {
            json!({"api_key": "eb243592-faa2-4ba2-a551-1afdf565c889", "priority": "P1", "api_url": url})
        }
        Kind::Teams => {
            json!({"workflow_url": format!("{url}/workflows/1?sig=aSignature-0123456789-abcefgh")})
        }
        Kind::Discord => json!({"webhook_url": format!("{url}/api/webhooks/1/aWebhookToken-0123456789")}),
        Kind::Telegram => json!({
            "bot_token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "chat_id": "-42", "api_url": url,
        }),
        Kind::Mattermost => json!({"webhook_url": format!("{url}/hooks/q1w2e3r4t5y6u7i8o9p0a1s2d3")}),
        Kind::GoogleChat => {
            json!({"webhook_url": format!("{url}/v1/spaces/AAAA/messages?key=k-1&token=t-1")})
        }
        Kind::Matrix => json!({
            "homeserver_url": url, "access_token": "syt_YWxlcnRz_aTokenOfTheAccount_0123",
            "room_id": "!abc:matrix.example",
        }),
        Kind::Ntfy => json!({"topic": "alerts-7f", "urgency": 5, "server_url": url}),
        Kind::Pushover => json!({
            "app_token": "azGDORePK8gMaC0QOYAMyEEuzJnyUi", "user_key": "uQiRzpo4DXghDmr9QzzfQu27cmVRsG", "api_url": url,
        }),
    };
    vec![config]
}

fn details(monitor: MonitorId) -> IncidentDetails {
    IncidentDetails {
        monitor_id: monitor,
        incident_id: IncidentId::new(monitor, 1, STARTED_AT),
        name: "Shop".to_owned(),
        url: "https://shop.example/".to_owned(),
        started_at: STARTED_AT,
        error_code: Some(ErrorCode::StatusMismatch),
        error: Some("HTTP status 500, expected 200-399".to_owned()),
        link: links::monitor(PUBLIC_URL, monitor),
        anomaly: None,
        flapping: None,
        regions: (monitor == MONITOR).then(|| FoundBy {
            down: vec!["eu".to_owned(), "us".to_owned()],
            up: vec!["ap".to_owned()],
            absent: Vec::new(),
        }),
    }
}

/// A message of each kind about a monitor.
fn messages(monitor: MonitorId) -> Vec<Message> {
    let resolved_at = STARTED_AT.plus_millis(130_000);
    let up = |summary| MessageKind::Up {
        resolved_at,
        summary,
        earlier_outages: 0,
    };
    let group = |kind, ended_by| MessageKind::Group {
        kind,
        ended_by,
        total: 2,
        incidents: [monitor, monitor]
            .map(|monitor| GroupedIncident {
                details: details(monitor),
                resolved_at: None,
                degraded: false,
            })
            .to_vec(),
        quiet: None,
        link: PUBLIC_URL.to_owned(),
    };
    let after_quiet = |down: usize, over: usize| {
        let mut digest = group(if down > 0 { AlertKind::Down } else { AlertKind::Up }, None);
        if let MessageKind::Group { quiet, .. } = &mut digest {
            *quiet = Some(QuietDigest {
                span: ChannelAlerts::default().quiet_span(resolved_at),
                tally: Tally {
                    down,
                    degraded: 0,
                    over,
                },
            });
        }
        digest
    };
    let kinds = [
        MessageKind::Down,
        MessageKind::Degraded,
        MessageKind::Reminder { now: resolved_at },
        MessageKind::Acknowledged,
        up(false),
        up(true),
        MessageKind::Recovered { resolved_at },
        MessageKind::Ended {
            resolved_at,
            reason: CloseReason::Paused,
            degraded: false,
        },
        group(AlertKind::Down, None),
        group(AlertKind::Up, None),
        group(AlertKind::Up, Some(CloseReason::Deleted)),
        after_quiet(1, 1),
        after_quiet(0, 2),
    ];
    let id = DeliveryId::new(IncidentId::new(monitor, 1, STARTED_AT), ChannelId(1), "down", 0);
    let messages = kinds.into_iter().map(|kind| {
        let is_first = matches!(kind, MessageKind::Down | MessageKind::Degraded);
        let is_group = matches!(kind, MessageKind::Group { .. });
        Message {
            id,
            thread: id,
            opening_receipt: (!is_first && !is_group).then(|| "1000".to_owned()),
            details: (!is_group).then(|| details(monitor)),
            acknowledge: None,
            kind,
        }
    });
    messages.collect()
}

/// Everything that each kind sends about a monitor, with what it was made of.
async fn all_sent(monitor: MonitorId) -> Vec<(Kind, Message, Form, Vec<String>)> {
    let world = World::new().await;
    let mut all = Vec::new();
    for &kind in Kind::ALL {
        for config in configs(kind, &world.http.url()) {
            for message in messages(monitor) {
                // Who keeps incidents gets each by itself.
                if kind.keeps_incidents() && message.details.is_none() {
                    continue;
                }
                for form in [Form::Full, Form::Short] {
                    let sent = world.sent(kind, &config, &message, form).await;
                    assert!(!sent.is_empty(), "{kind:?} {message:?}");
                    all.push((kind, message.clone(), form, sent));
                }
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_a_drill_is_marked_whatever_the_channel() {
    for (kind, message, form, sent) in all_sent(DRILL).await {
        // Of these two there is nothing but a key.
        let is_silent = kind == Kind::PagerDuty
            && !matches!(
                message.kind,
                MessageKind::Down | MessageKind::Degraded | MessageKind::Reminder { .. }
            );
        for text in &sent {
            let what = format!("{kind:?} {form:?} {:?}: {text}", message.kind);
            assert!(text.contains("DRILL") != is_silent, "{what}");
            assert!(!text.contains("/why"), "{what}");
        }
        let begins = matches!(message.kind, MessageKind::Down | MessageKind::Reminder { .. });
        if begins && form == Form::Full {
            assert!(
                sent.iter().any(|text| text.contains(drill::NOTE)),
                "{kind:?} {:?}: {sent:?}",
                message.kind
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_called_a_drill_and_some_lead_to_why_it_was_sent() {
    let why = "https://uptime.example/monitors/42/why?at=2026-11-21T10:00:00.118Z";
    for (kind, message, form, sent) in all_sent(MONITOR).await {
        let leads_there = matches!(
            kind,
            Kind::Slack | Kind::SlackBot | Kind::Webhook | Kind::Email | Kind::Teams | Kind::Discord
        );
        let what = format!("{kind:?} {form:?} {:?}: {sent:?}", message.kind);
        for text in &sent {
            assert!(!text.to_lowercase().contains("drill"), "{what}");
        }
        if form == Form::Full {
            let leads = sent.iter().any(|text| text.contains(why));
            assert_eq!(leads, leads_there && message.details.is_some(), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_says_from_which_regions_a_monitor_is_down() {
    for (kind, message, form, sent) in all_sent(MONITOR).await {
        let begins = matches!(message.kind, MessageKind::Down | MessageKind::Reminder { .. });
        if begins && form == Form::Full {
            // The body of a webhook without a template has them in a list as well.
            let says = sent
                .iter()
                .any(|text| text.contains("Down from eu, us; up from ap"));
            assert!(says, "{kind:?} {:?}: {sent:?}", message.kind);
        }
    }
}

#[test]
fn the_reason_in_a_title_is_of_the_target_and_not_of_regions() {
    let mut message = messages(MONITOR).remove(0);
    assert!(matches!(message.kind, MessageKind::Down));
    assert!(message.first_reason().is_some());
    let details = message.details.as_mut().unwrap();
    assert!(details.regions.is_some());
    (details.error_code, details.error) = (None, None);
    assert_eq!(message.first_reason(), None);
}

#[test]
fn a_drill_says_once_that_nothing_is_wrong_before_what_may_be_cut() {
    for message in messages(DRILL) {
        let note = match message.kind {
            MessageKind::Group { .. } => drill::NOTE_ON_SEVERAL,
            _ => drill::NOTE,
        };
        for limit in [60, 100, 500, 4_000] {
            let lines = message.explanation_within(limit, char::len_utf8);
            assert_eq!(lines[0], note, "{limit}: {lines:?}");
            assert_eq!(lines.iter().filter(|line| *line == note).count(), 1);
        }
        let headline = message.headline();
        assert!(headline.starts_with("🧪 DRILL – "), "{headline}");
    }
    let first = messages(DRILL).remove(0);
    assert_eq!(first.headline(), "🧪 DRILL – Down: Shop");
    assert_eq!(first.link(), Some("https://uptime.example/drills/3"));
    assert_eq!(first.why_link(), None);
}
