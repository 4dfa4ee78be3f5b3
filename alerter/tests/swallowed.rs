//! Channels behind a line that takes everything, hands nothing on, and never says so.

use crate::common::{
    OTHER_ORG, PATIENCE, World, channel, channel_of, messages_about, result, slack_channel, webhook_channel,
};
use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::internal::SealedChannel;
use domain::{ChannelId, Record};
use serde_json::json;
use testkit::{FakeSlack, FakeSmtp, HttpServer, Proxy, Reply};

/// How long a send may take.
const TIMEOUT_MS: u64 = 1_000;

/// How long after a send that was not answered the next one comes, at least.
const UNANSWERED_PAUSE_MS: i64 = 6 * TIMEOUT_MS as i64;

fn mail(id: i64) -> SealedChannel {
    channel(
        id,
        "email",
        json!({"to": ["ada@example.org"]}).to_string().as_bytes(),
    )
}

/// What became of the message about the outage on a channel.
async fn steps(world: &World, channel: i64) -> Vec<AlertEvent> {
    let mut events = world.events().await;
    events.retain(|event| event.channel_id == Some(ChannelId(channel)) && event.alert == AlertKind::Down);
    events
}

async fn await_step(world: &World, channel: i64, step: Step) -> AlertEvent {
    testkit::eventually(&format!("channel {channel}: {step:?}"), PATIENCE, async || {
        let mut steps = steps(world, channel).await.into_iter();
        steps.find(|event| event.step == step)
    })
    .await
}

/// A Slack, a webhook and a mail server, each behind a line, and a Slack that is not.
struct Lines {
    world: World,
    slack: FakeSlack,
    hook: HttpServer,
    mails: FakeSmtp,
    proxies: [Proxy; 3],
}

impl Lines {
    async fn new(kafka: shared::kafka::KafkaSettings) -> Self {
        let (slack, mails) = (FakeSlack::start().await, FakeSmtp::start().await);
        let hook = HttpServer::start(|_| Reply::new(200, "")).await;
        let (to_slack, slack_url) = Proxy::before(&slack.webhook_url()).await;
        let (to_hook, hook_url) = Proxy::before(&hook.url()).await;
        let (to_mails, smtp_url) = Proxy::before(&mails.url).await;
        let world = World::new(kafka)
            .await
            .with("GROUP_WINDOW_MS", "0")
            .with("DELIVERY_TIMEOUT_MS", &TIMEOUT_MS.to_string())
            .with("SMTP_URL", &smtp_url);
        let lines = [
            slack_channel(2, &slack_url),
            webhook_channel(3, &hook_url),
            mail(4),
        ];
        world.known.channels.lock().unwrap().extend(lines);
        Self {
            world,
            slack,
            hook,
            mails,
            proxies: [to_slack, to_hook, to_mails],
        }
    }

    /// How many messages have come to each.
    fn arrived(&self) -> [usize; 3] {
        [
            messages_about(&self.slack, 1).len(),
            self.hook.seen().len(),
            self.mails.mails().len(),
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_line_swallows_is_sent_again_and_arrives_once() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let lines = Lines::new(kafka).await;
    lines.proxies.iter().for_each(Proxy::swallow);
    let alerter = lines.world.start().await;
    lines.world.down(1).await;
    // A channel whose line is in order waits for none of the others.
    lines.world.await_messages(1, &["Down"]).await;
    for id in [2, 3, 4] {
        let tried = await_step(&lines.world, id, Step::Attempted).await;
        let reason = tried.reason.unwrap();
        assert!(
            reason.contains("no response within 1000 ms") || reason.contains("no connection"),
            "{reason}"
        );
    }
    assert_eq!(lines.arrived(), [0; 3]);
    lines.proxies.iter().for_each(Proxy::mend);
    for (id, receipt) in [(2, "ok"), (3, "HTTP 200"), (4, "250 queued as 1")] {
        let sent = await_step(&lines.world, id, Step::Sent).await;
        assert_eq!(sent.receipt.as_deref(), Some(receipt));
    }
    lines.world.up(1).await;
    for id in [2, 3, 4] {
        testkit::eventually("the end is told", PATIENCE, async || {
            let events = lines.world.events().await;
            events.into_iter().find(|event| {
                let end = (AlertKind::Up, Step::Sent, Some(ChannelId(id)));
                (event.alert, event.step, event.channel_id) == end
            })
        })
        .await;
    }
    alerter.stop().await;
    assert_eq!(lines.arrived(), [2; 3], "the beginning and the end, each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrived_without_an_answer_comes_again_later_than_after_an_error() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let lines = Lines::new(kafka).await;
    let [to_slack, to_hook, to_mails] = &lines.proxies;
    to_slack.swallow_after(b"Shop 1.");
    to_hook.swallow_after(b"Shop 1.");
    to_mails.swallow_after(b"\r\n.\r\n");
    let alerter = lines.world.start().await;
    lines.world.down(1).await;
    for id in [2, 3, 4] {
        let tried = await_step(&lines.world, id, Step::Attempted).await;
        let sent = await_step(&lines.world, id, Step::Sent).await;
        let waited = sent.at.millis_since(tried.at);
        assert!(waited >= UNANSWERED_PAUSE_MS - 500, "channel {id}: {waited} ms");
        let attempts: Vec<_> = steps(&lines.world, id).await;
        let attempts = attempts.iter().filter(|event| event.step == Step::Attempted);
        assert_eq!(attempts.count(), 1, "channel {id}");
    }
    alerter.stop().await;
    assert_eq!(
        lines.arrived(),
        [2; 3],
        "once without an answer, and once with one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_swallowed_before_its_text_was_not_sent() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let lines = Lines::new(kafka).await;
    lines.proxies[2].swallow_before(b"EHLO");
    let alerter = lines.world.start().await;
    lines.world.down(1).await;
    let tried = await_step(&lines.world, 4, Step::Attempted).await;
    let sent = await_step(&lines.world, 4, Step::Sent).await;
    // Nothing of it can have arrived, so that it is not put off for long.
    let waited = sent.at.millis_since(tried.at);
    assert!(waited < UNANSWERED_PAUSE_MS, "{waited} ms: {tried:?}");
    alerter.stop().await;
    assert_eq!(lines.mails.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_swallows_keeps_neither_its_neighbours_nor_other_organisations_waiting() {
    const MONITORS: i64 = 200;
    let (_broker, kafka) = testkit::embedded_kafka();
    // Longer than the test waits for those that are not to wait.
    let world = World::new(kafka)
        .await
        .with("GROUP_WINDOW_MS", "0")
        .with("DELIVERY_TIMEOUT_MS", "60000");
    let (swallowing, other) = (FakeSlack::start().await, FakeSlack::start().await);
    let (line, url) = Proxy::before(&swallowing.webhook_url()).await;
    line.swallow();
    world
        .known
        .channels
        .lock()
        .unwrap()
        .insert(0, slack_channel(2, &url));
    let config = json!({"webhook_url": other.webhook_url()}).to_string();
    *world.known.other_channels.lock().unwrap() = vec![channel_of(OTHER_ORG, 3, "slack", config.as_bytes())];
    let stranger = MONITORS + 1;
    world.known.other_monitors.lock().unwrap().push(stranger);
    *world.known.monitors.lock().unwrap() = (1..=MONITORS).collect();
    let alerter = world.start().await;
    world.publish_all(1..=MONITORS, false).await;
    testkit::eventually("the other channel hears of all of them", PATIENCE, async || {
        (world.slack.messages().len() as i64 == MONITORS).then_some(())
    })
    .await;
    let Record::Result(mut down) = result(stranger, world.slot(), false) else {
        unreachable!("it is a result")
    };
    down.org_id = Some(OTHER_ORG);
    world.publish(Record::Result(down)).await;
    testkit::eventually("the other organisation is told", PATIENCE, async || {
        (messages_about(&other, stranger) == ["Down"]).then_some(())
    })
    .await;
    // Nor do test messages: one that has several under way is told to wait, and the other is not.
    let answers = std::sync::Mutex::new(Vec::new());
    let swallowed = slack_channel(2, &url);
    let tests = async {
        let all = (0..12).map(async |_| {
            let answer = alerter.try_test(&swallowed).await;
            answers.lock().unwrap().push(answer);
        });
        futures_util::future::join_all(all).await;
    };
    let refused = testkit::eventually("half of them are told to wait", PATIENCE, async || {
        let refused = answers.lock().unwrap().clone();
        (refused.len() == 6).then_some(refused)
    });
    tokio::select! {
        _ = tests => unreachable!("nobody answers them"),
        refused = refused => {
            assert!(refused.iter().all(|answer| *answer == (429, Some(5))), "{refused:?}");
        }
    }
    let others = channel_of(OTHER_ORG, 3, "slack", config.as_bytes());
    assert_eq!(alerter.test(&others).await, (true, None));
    assert_eq!(messages_about(&swallowing, 1), [] as [&str; 0]);
    line.cut();
    alerter.stop().await;
}
