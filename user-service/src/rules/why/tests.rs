use api::{
    DeliveryReport, ExplainedBy, ExplainedChannel, ExplainedDestination, ExplainedHold, ExplainedPolicy,
    ExplainedStep, ReportedState, WhyAnswer, WhyOutcome,
};
use domain::alert_event::{AlertKind, Step};
use domain::record::PointState;
use domain::routing::Recipients;
use domain::severity::Severity;
use domain::{ErrorCode, EscalationPolicyId, IncidentId};
use serde_json::json;
use uuid::Uuid;

use super::*;

mod without_incident;

const MONITOR: MonitorId = MonitorId(7);
const OPS: i64 = 10;
/// Ada's own.
const PAGER: i64 = 20;

fn at(time: &str) -> Timestamp {
    format!("2026-11-30T{time}Z").parse().unwrap()
}

fn check(time: &str, state: PointState) -> WhyCheck {
    WhyCheck {
        scheduled_at: at(time),
        checked_at: at(time),
        appended_at: Some(at(time)),
        state,
        latency_ms: Some(80),
        error_code: None,
        error: None,
        region: None,
        revision: 1,
    }
}

fn rule(failing: u16) -> WhyRule {
    WhyRule {
        revision: 1,
        down_after: 3,
        up_after: 1,
        slow_ms: None,
        down_of: None,
        down_for_seconds: 0,
        failing,
        is_down: false,
        is_known: true,
    }
}

/// A monitor that was up at ten.
fn findings() -> Findings {
    Findings {
        monitor_id: MONITOR,
        monitor_name: "Shop".to_owned(),
        at: at("10:00:00"),
        is_heartbeat: false,
        created_at: at("00:00:00"),
        checks: vec![check("09:59:30", PointState::Up)],
        not_checked: None,
        rule: Some(rule(0)),
        votes: None,
        incident: None,
        found_at: None,
        route: None,
        known_since: at("00:00:00"),
        steps: Vec::new(),
        only_channels: None,
    }
}

/// An outage since five to ten, which was found a minute later.
fn outage(resolved_at: Option<&str>, steps: Vec<AlertStep>) -> Findings {
    let incident = WhyIncident {
        id: IncidentId::new(MONITOR, 1, at("09:55:00")),
        degraded: false,
        started_at: at("09:55:00"),
        resolved_at: resolved_at.map(at),
        close_reason: None,
        error_code: Some(ErrorCode::ReadTimeout),
        error: None,
        source: None,
        acknowledged: None,
    };
    Findings {
        incident: Some(incident),
        found_at: Some(at("09:56:00")),
        route: Some(route(&[OPS])),
        steps,
        ..findings()
    }
}

fn route(channels: &[i64]) -> RouteExplanation {
    let channel = |&id: &i64| ExplainedChannel {
        id: ChannelId(id),
        name: Some("ops".to_owned()),
        enabled: true,
    };
    RouteExplanation {
        severity: Severity::Critical,
        kind: Some("http".to_owned()),
        tags: Vec::new(),
        recipients: None,
        at: at("09:55:00"),
        routes: Vec::new(),
        destinations: vec![ExplainedDestination {
            by: ExplainedBy::Default,
            route_id: None,
            route_name: None,
            recipients: None,
            channels: channels.iter().map(channel).collect(),
            policy: None,
        }],
        held: Vec::new(),
    }
}

/// A step of the message to a channel; 0: to none.
fn step(time: &str, what: Step, channel: i64, attempt: i32, reason: Option<&str>) -> AlertStep {
    let name = match channel {
        OPS => Some("ops".to_owned()),
        PAGER => Some("Ada (sms)".to_owned()),
        _ => None,
    };
    AlertStep {
        at: at(time),
        step: what.as_str().to_owned(),
        alert: AlertKind::Down.as_str().to_owned(),
        channel_id: (channel != 0).then_some(channel),
        channel_name: name,
        cause: None,
        delivery_id: (channel != 0).then(|| Uuid::from_u128(channel.unsigned_abs().into())),
        attempt,
        reason: reason.map(str::to_owned),
        receipt: None,
        reported: None,
        source: json!({}),
        revision: Some(1),
    }
}

fn decided(channel: i64) -> AlertStep {
    step("09:56:00", Step::Decided, channel, 0, None)
}

fn suppressed(reason: &str) -> AlertStep {
    step("09:58:00", Step::Suppressed, 0, 0, Some(reason))
}

#[track_caller]
fn assert_told(findings: Findings, answer: WhyAnswer, summary: &str) {
    let why = explain(findings);
    assert_eq!((why.answer, why.summary.as_str()), (answer, summary));
}

#[test]
fn whoever_was_notified_is_named_with_how_soon() {
    let sent = |time, channel| step(time, Step::Sent, channel, 1, None);
    let steps = vec![
        decided(OPS),
        decided(PAGER),
        sent("09:56:01", OPS),
        sent("09:56:03", PAGER),
    ];
    assert_told(
        outage(None, steps.clone()),
        WhyAnswer::Notified,
        "ops and Ada (sms) were notified within 3 s of the outage being found.",
    );
    let narrowed = Findings {
        only_channels: Some(vec![ChannelId(OPS)]),
        ..outage(None, steps)
    };
    let why = explain(narrowed);
    assert_eq!(
        why.summary,
        "ops and a channel were notified within 3 s of the outage being found."
    );
    assert_eq!(why.deliveries[1].channel_name, None);
    assert_eq!(why.deliveries[1].outcome, WhyOutcome::Sent);
}

#[test]
fn who_was_notified_late_learns_what_held_it_back() {
    let sent = step("09:58:01", Step::Sent, OPS, 1, None);
    let mut late = outage(Some("09:59:00"), vec![decided(OPS), sent]);
    late.route.as_mut().unwrap().held.push(ExplainedHold {
        by: Suppression::Silence,
        until: Some(at("09:58:00")),
        reason: "it is silenced".to_owned(),
        channel_id: None,
        channel_name: None,
    });
    assert_eq!(kept_by(&explain(late.clone())), [Suppression::Silence]);
    assert_told(
        late,
        WhyAnswer::Notified,
        "ops was notified 2 min after the outage was found. Until then it was held back: it is silenced until \
         09:58 UTC. The outage was over at 09:59 UTC.",
    );
}

#[test]
fn what_waited_for_quiet_hours_was_sent_in_a_digest() {
    let held = "held back by quiet hours until 2026-11-30T09:58:00Z, then sent with what else had waited for their end";
    let digest = "Quiet hours held the message to ops back until 09:58 UTC, then it was sent in a digest with what else \
                  had waited, if anything had.";
    let decided_later = |reason| step("09:58:00", Step::Decided, OPS, 0, reason);
    let sent = step("09:58:03", Step::Sent, OPS, 1, None);
    assert_told(
        outage(None, vec![decided_later(Some(held)), sent.clone()]),
        WhyAnswer::Notified,
        &format!("ops was notified 2 min after the outage was found. {digest}"),
    );
    // Somebody else was notified at once.
    let at_once = step("09:56:01", Step::Sent, PAGER, 1, None);
    let both = vec![decided(PAGER), at_once, decided_later(Some(held)), sent.clone()];
    let why = explain(outage(None, both));
    assert!(why.summary.ends_with(digest), "{}", why.summary);
    // Who is not told when a member sleeps reads no reason.
    let hidden = explain(outage(None, vec![decided_later(None), sent]));
    assert!(
        !hidden.summary.to_lowercase().contains("quiet"),
        "{}",
        hidden.summary
    );
}

#[test]
fn a_message_that_is_not_taken_yet_is_on_its_way() {
    assert_told(
        outage(None, vec![decided(OPS)]),
        WhyAnswer::Sending,
        "A message to ops is on its way.",
    );
    let attempted = step("09:56:01", Step::Attempted, OPS, 1, Some("503"));
    assert_told(
        outage(None, vec![decided(OPS), attempted]),
        WhyAnswer::Sending,
        "A message to ops is tried again: 1 attempt failed (503).",
    );
}

#[test]
fn a_message_that_nobody_took_has_failed() {
    let attempted = step("09:56:01", Step::Attempted, OPS, 1, Some("503"));
    let failed = step("09:57:01", Step::Failed, OPS, 2, Some("404"));
    assert_told(
        outage(None, vec![decided(OPS), attempted, failed]),
        WhyAnswer::Failed,
        "Nobody was notified: the message to ops was given up after 2 attempts (404).",
    );
}

#[test]
fn a_message_that_was_taken_and_not_delivered_has_failed() {
    let sent = |channel, error: Option<&str>| AlertStep {
        reported: Some(DeliveryReport {
            state: ReportedState::Failed,
            at: at("09:56:09"),
            error: error.map(str::to_owned),
        }),
        ..step("09:56:01", Step::Sent, channel, 1, None)
    };
    assert_told(
        outage(
            None,
            vec![decided(OPS), sent(OPS, Some("the template is paused"))],
        ),
        WhyAnswer::Failed,
        "Nobody was notified: the message to ops was taken and not delivered (the template is paused).",
    );
    let by_pager = step("09:56:01", Step::Sent, PAGER, 1, None);
    assert_told(
        outage(
            None,
            vec![decided(OPS), decided(PAGER), sent(OPS, None), by_pager],
        ),
        WhyAnswer::Notified,
        "Ada (sms) was notified within 1 s of the outage being found. The message to ops was taken and not delivered.",
    );
}

#[test]
fn what_goes_on_waits_for_what_holds_it_back() {
    let mut held = outage(None, Vec::new());
    held.route.as_mut().unwrap().held.push(ExplainedHold {
        by: Suppression::Maintenance,
        until: Some(at("11:00:00")),
        reason: "the monitor is in a maintenance window".to_owned(),
        channel_id: None,
        channel_name: None,
    });
    assert_told(
        held,
        WhyAnswer::HeldBack,
        "Nobody has been notified yet: the monitor is in a maintenance window until 11:00 UTC.",
    );
    let upstream = suppressed("monitor 12, on which it depends, is down");
    assert_told(
        outage(None, vec![upstream]),
        WhyAnswer::HeldBack,
        "Nobody has been notified yet: monitor 12, on which it depends, is down.",
    );
    let mut later = outage(None, Vec::new());
    let policy = ExplainedPolicy {
        id: EscalationPolicyId(1),
        name: Some("On call".to_owned()),
        followed: true,
        steps: vec![ExplainedStep {
            after_minutes: 10,
            applies: true,
            targets: Vec::new(),
        }],
    };
    later.route.as_mut().unwrap().destinations[0].policy = Some(policy);
    assert_told(
        later,
        WhyAnswer::HeldBack,
        "Nobody has been notified yet: the first step of On call is due at 10:05 UTC.",
    );
}

#[test]
fn what_was_over_before_it_could_be_announced_was_suppressed() {
    let resolved = suppressed("resolved during a maintenance window");
    let mut findings = outage(Some("09:57:00"), vec![resolved]);
    findings.route.as_mut().unwrap().held.push(ExplainedHold {
        by: Suppression::Maintenance,
        until: Some(at("10:00:00")),
        reason: "the monitor is in a maintenance window".to_owned(),
        channel_id: None,
        channel_name: None,
    });
    assert_told(
        findings,
        WhyAnswer::Suppressed,
        "Nobody was notified: the monitor was in a maintenance window until 10:00 UTC, and the outage was over by \
         then. The outage was over at 09:57 UTC.",
    );
    // What began while it was muted is never announced.
    assert_told(
        outage(None, vec![suppressed("the monitor is muted")]),
        WhyAnswer::Suppressed,
        "Nobody was notified: the monitor was muted.",
    );
}

#[test]
fn where_nobody_is_named_nobody_is_notified() {
    let mut findings = outage(None, vec![suppressed("nobody is to be notified of it")]);
    let mut nobody = route(&[]);
    nobody.destinations[0].recipients = Some(Recipients::Nobody);
    findings.route = Some(nobody);
    assert_told(
        findings,
        WhyAnswer::Nobody,
        "Nobody was notified: nobody is to be notified of it.",
    );
}

#[test]
fn an_outage_of_which_no_alert_is_stored_has_no_answer() {
    assert_told(
        outage(Some("09:59:00"), Vec::new()),
        WhyAnswer::Unknown,
        "No alert about the outage is stored. The outage was over at 09:59 UTC.",
    );
}

#[test]
fn who_acknowledged_it_is_named() {
    let sent = step("09:56:01", Step::Sent, OPS, 1, None);
    let mut findings = outage(None, vec![decided(OPS), sent]);
    findings.incident.as_mut().unwrap().acknowledged = Some(api::WhyAcknowledgement {
        at: at("09:59:00"),
        by: "Ada".to_owned(),
    });
    assert_told(
        findings,
        WhyAnswer::Notified,
        "ops was notified within 1 s of the outage being found. Ada acknowledged it at 09:59 UTC.",
    );
}
