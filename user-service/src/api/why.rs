//! `/monitors/{id}/why`.

mod missed;
mod without;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use alerting::backtest::{Settings, StoredMonitor};
use api::{AlertStep, ExplainNotification, Incident, RouteExplanation, WhyIncident};
use deadpool_postgres::{Client, GenericClient};
use domain::fold::{Activity, CloseReason};
use domain::heartbeat::SpanState;
use domain::monitor::{FieldError, HeartbeatProbe, Probe};
use domain::record::HEARTBEAT;
use domain::routing::RoutedIncident;
use domain::{ChannelId, MonitorId, Record, Timestamp};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use self::missed::Heard;
use self::without::Simulated;
use crate::app::App;
use crate::rules::route_explanation::{self, held};
use crate::rules::why::streak::{self, Folded};
use crate::rules::why::unchecked::{Unchecked, reason_of_heartbeat};
use crate::rules::why::{self as rules, Findings};
use crate::simulations::Deadline;
use crate::store::error::StoreError;
use crate::store::monitor_row::MonitorRow;
use crate::store::why::LATELY_MS;
use crate::store::{self, Scope};
use crate::store::{
    alert_policy, alert_settings, heartbeat_spans, incident_events, incidents, monitors, past, plans,
    stored_records, tags, why as stored,
};

/// How long it may take to find out what would have been sent, so that there is time for an answer without it.
const WITHIN: Duration = Duration::from_millis(3_500);

/// Checks that are told.
const MAX_CHECKS: i64 = 20;

/// Intervals before an instant of which results are folded; fewer where that are too many results.
const FOLDED_INTERVALS: [i64; 3] = [400, 100, 25];

/// Results that are folded, at most.
const MAX_FOLDED: usize = 2_000;

/// Steps of the alerts of one incident that are read.
const MAX_STEPS: i64 = 2_000;

/// Of a monitor whose definition cannot be read, in milliseconds.
const UNKNOWN_INTERVAL_MS: i64 = 60_000;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(explain)
}

async fn explain(
    app: Data<App>,
    call: Call<ExplainNotification>,
) -> Result<Reply<ExplainNotification>, Problem> {
    let (now, deadline) = (shared::now(), Deadline::within(WITHIN));
    let asked = Asked {
        app: &app,
        scope: Scope::from(&call.caller),
        monitor: call.path.id,
        at: valid(call.query.at, now)?,
        now,
    };
    let mut client = app.pool.get().await?;
    let mut found = asked.find(&mut client).await?;
    if let Some(incident) = &found.findings.incident {
        let known_since = found.findings.known_since;
        let route = asked.route(&mut client, incident, known_since).await?;
        found.findings.route = Some(match found.findings.only_channels.is_some() {
            true => route_explanation::narrowed(route),
            false => route,
        });
    }
    // Nothing is held while a place for a simulation is waited for.
    drop(client);
    let Found {
        mut findings,
        of,
        heartbeat,
        heard,
        names,
        shown_from,
        notifies_of_unusual,
    } = found;
    if let Some(heard) = heard {
        findings.rule = asked.missed(heard, deadline).await?;
    }
    let mut why = rules::explain(findings);
    if notifies_of_unusual {
        rules::note_unexplained(&mut why);
    }
    let kept_by = rules::kept_by(&why);
    if !kept_by.is_empty() {
        let simulated = Simulated {
            of,
            heartbeat,
            names,
            shown_from,
            kept_by,
        };
        let without = asked.without(&why, simulated, deadline).await?;
        match without {
            Some(without) => why.without = without,
            None => why.without_known = false,
        }
    }
    Ok(Reply::new(why))
}

/// The instant that is asked about.
fn valid(at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Problem> {
    let at = at.unwrap_or(now);
    let wrong = match at {
        at if at > now => "must not lie in the future",
        at if at < Timestamp::default() => "must not lie before 1970",
        at => return Ok(at),
    };
    Err(Problem::invalid(vec![FieldError::new("at", wrong)]))
}

/// What is asked, and by whom.
#[derive(Debug)]
struct Asked<'a> {
    app: &'a App,
    scope: Scope,
    monitor: MonitorId,
    at: Timestamp,
    now: Timestamp,
}

/// What was found, all of one instant.
#[derive(Debug)]
struct Found {
    findings: Findings,
    of: StoredMonitor,
    /// What a heartbeat expects of its job; none of another kind.
    heartbeat: Option<HeartbeatProbe>,
    /// By what it is found out whether dates of it were missed.
    heard: Option<Heard>,
    /// What people call the organisation's channels.
    names: Vec<(ChannelId, String)>,
    /// Since when results are shown.
    shown_from: Timestamp,
    /// Whether it also notifies of response times that are slower than usual.
    notifies_of_unusual: bool,
}

impl Asked<'_> {
    /// What alerts go by is of the whole organisation, whoever looks.
    fn everything(&self) -> Scope {
        Scope::organisation(self.scope.org())
    }

    async fn find(&self, client: &mut Client) -> Result<Found, StoreError> {
        let (scope, at) = (self.scope, self.at);
        let tx = store::snapshot(client).await?;
        let row = monitors::find(&tx, &self.app.keyring, scope, self.monitor).await?;
        let of = alert_settings::revisions(&tx, &self.app.keyring, scope, self.monitor).await?;
        let is_heartbeat = row.kind() == Some(HEARTBEAT);
        let heartbeat = match row.spec.value().map(|spec| &spec.probe) {
            Some(Probe::Heartbeat(heartbeat)) => Some(heartbeat.clone()),
            _ => None,
        };
        let kept_from = plans::results_from(&tx, scope).await?.unwrap_or_default();
        let checked = match is_heartbeat {
            true => Checked {
                not_checked: self.silence(&tx).await?,
                ..Checked::default()
            },
            false => self.checked(&tx, &row, &of, kept_from).await?,
        };
        let (incident, steps) = self.incident(&tx, &checked.folded).await?;
        let goes_on = incident.as_ref().is_some_and(|it| !it.degraded && it.covers(at));
        let last = checked.list.last();
        let rule = last.and_then(|last| streak::rule(&of, last.revision, &checked.folded, goes_on));
        let votes = checked.folded.votes.as_deref();
        let votes = rules::votes::said(votes, checked.not_checked.is_none());
        let heard = match heartbeat.as_ref().filter(|_| incident.is_none()) {
            Some(heartbeat) => self.heard(&tx, &of, heartbeat, kept_from).await?,
            None => None,
        };
        let found_at = incident.as_ref().and_then(|it| checked.folded.found_at(it.id));
        let names: Vec<(ChannelId, String)> = alert_policy::known(&tx, self.everything())
            .await?
            .channels
            .into_iter()
            .map(|(id, name, _)| (id, name))
            .collect();
        let only_channels = match scope.sees_everything(&tx).await? {
            true => None,
            false => Some(names.iter().map(|(id, _)| *id).collect()),
        };
        let notifies_of_unusual = row.alerts.anomalies.is_some_and(|rule| rule.notify);
        let findings = Findings {
            monitor_id: self.monitor,
            monitor_name: row.name,
            at,
            is_heartbeat,
            created_at: row.created_at,
            checks: checked.list,
            not_checked: checked.not_checked,
            rule,
            votes,
            incident,
            found_at,
            route: None,
            known_since: past::known_since(&tx, scope).await?,
            steps,
            only_channels,
        };
        Ok(Found {
            findings,
            of,
            heartbeat,
            heard,
            names,
            shown_from: kept_from,
            notifies_of_unusual,
        })
    }

    /// Why nothing is said of a heartbeat.
    async fn silence(&self, client: &impl GenericClient) -> Result<Option<String>, StoreError> {
        let wanted = HashMap::from([(self.monitor, self.at..self.at)]);
        let spans = heartbeat_spans::spans(client, &wanted)
            .await?
            .remove(&self.monitor);
        let state: Option<SpanState> = spans.and_then(|spans| Some(spans.last()?.state));
        Ok(state.and_then(reason_of_heartbeat))
    }

    async fn checked(
        &self,
        client: &impl GenericClient,
        row: &MonitorRow,
        of: &StoredMonitor,
        kept_from: Timestamp,
    ) -> Result<Checked, StoreError> {
        let at = self.at;
        let checks = stored::checks(client, self.monitor, (kept_from, at), MAX_CHECKS).await?;
        let interval = row.spec.value().map(|spec| i64::from(spec.interval_ms));
        let interval_ms = interval.unwrap_or(UNKNOWN_INTERVAL_MS);
        let (records, until) = self.records(client, of, kept_from, interval_ms).await?;
        let folded = streak::fold(of, &records, at, until);
        let skipped = stored::skipped_at(client, self.monitor, at).await?;
        let began_at = of.revisions.last().and_then(|revision| revision.began_at);
        let is_paused_since = row.is_paused() && began_at.is_some_and(|began_at| began_at <= at);
        let unchecked = Unchecked {
            at,
            is_paused: is_paused_since || folded.activity == Activity::Paused,
            skipped: skipped.as_ref(),
            last: checks.list.last(),
            interval_ms: interval_ms.max(checks.interval_ms),
        };
        Ok(Checked {
            not_checked: unchecked.reason(),
            list: checks.list,
            folded,
        })
    }

    /// What was appended around the instant, and until when.
    async fn records(
        &self,
        client: &impl GenericClient,
        of: &StoredMonitor,
        kept_from: Timestamp,
        interval_ms: i64,
    ) -> Result<(Vec<(Timestamp, Record)>, Timestamp), StoreError> {
        for intervals in FOLDED_INTERVALS {
            let span_ms = interval_ms.saturating_mul(intervals);
            let from = self.at.plus_millis(-span_ms).max(kept_from);
            // An outage may have been found only later that had begun by then.
            let until = self.at.plus_millis(span_ms / 4).min(self.now).plus_millis(1);
            let read = stored_records::read(client, self.scope, of, from..until, MAX_FOLDED);
            if let Some(log) = read.await? {
                return Ok((log.records().collect(), until));
            }
        }
        Ok((Vec::new(), self.at))
    }

    /// The incident that went on, or the last one that began lately, with each step of its alerts. A time in which the
    /// monitor was degraded is known only by those.
    async fn incident(
        &self,
        client: &impl GenericClient,
        folded: &Folded,
    ) -> Result<(Option<WhyIncident>, Vec<AlertStep>), StoreError> {
        let (scope, at) = (self.scope, self.at);
        let mut candidates = Vec::new();
        if let Some(id) = stored::incident_at(client, scope, self.monitor, at).await? {
            candidates.push(of_outage(incidents::incident(client, scope, id).await?));
        }
        if let Some(degradation) = folded.degradation_at(at, LATELY_MS) {
            candidates.push(WhyIncident {
                id: degradation.id,
                degraded: true,
                started_at: degradation.started_at,
                resolved_at: degradation.resolution.map(|end| end.at),
                close_reason: degradation.resolution.map(|end| end.reason),
                error_code: None,
                error: None,
                source: None,
                acknowledged: None,
            });
        }
        candidates.sort_by_key(|it| std::cmp::Reverse((it.covers(at), it.started_at)));
        for mut incident in candidates {
            let steps = incident_events::list(client, scope, incident.id, 0, MAX_STEPS).await?;
            if incident.degraded && steps.is_empty() {
                continue;
            }
            incident.source = rules::source_of(&steps);
            if let (true, None, Some(end)) = (
                incident.degraded,
                incident.resolved_at,
                rules::recovered_at(&steps),
            ) {
                incident.resolved_at = Some(end);
                incident.close_reason = Some(CloseReason::Recovered);
            }
            return Ok((Some(incident), steps));
        }
        Ok((None, Vec::new()))
    }

    /// Where an incident went, as everything was when it began, or where that is not known, where it would go now.
    async fn route(
        &self,
        client: &mut Client,
        incident: &WhyIncident,
        known_since: Timestamp,
    ) -> Result<RouteExplanation, StoreError> {
        let (everything, keyring) = (self.everything(), &self.app.keyring);
        let (monitor, began) = (self.monitor, incident.started_at);
        let tx = store::snapshot(client).await?;
        if began >= known_since {
            past::travel(&tx, everything, began).await?;
        }
        let tags = tags::of_monitors(&tx, &[monitor.0]).await?.remove(&monitor);
        let known = alert_policy::known(&tx, everything).await?;
        let settings = match began >= known_since {
            true => alert_settings::at(&tx, keyring, everything, monitor, began).await?,
            false => self.present(&tx).await?,
        };
        let routed = RoutedIncident {
            labels: &settings.labels,
            degraded: incident.degraded,
            error_code: incident.error_code,
            started_at: began,
        };
        let tags = tags.unwrap_or_default();
        let mut explanation = route_explanation::explain(&routed, tags, &settings.policy, &known);
        let holding = held::Holding {
            monitor,
            incident: routed,
            settings: &settings,
            known: &known,
            // That another one was down is recorded.
            down: &[],
            onlooker: self.scope.onlooker(),
        };
        explanation.held = held::held(&holding, &explanation);
        Ok(explanation)
    }

    async fn present(&self, tx: &deadpool_postgres::Transaction<'_>) -> Result<Arc<Settings>, StoreError> {
        let (scope, monitor) = (self.everything(), self.monitor);
        let mut settings = alert_settings::present(tx, &self.app.keyring, scope, &[monitor]).await?;
        Ok(settings.remove(&monitor).unwrap_or_default())
    }
}

/// What is known of a monitor's checks.
#[derive(Debug, Default)]
struct Checked {
    list: Vec<api::WhyCheck>,
    folded: Folded,
    not_checked: Option<String>,
}

fn of_outage(outage: Incident) -> WhyIncident {
    let incident = outage.incident;
    WhyIncident {
        id: incident.id,
        degraded: false,
        started_at: incident.started_at,
        resolved_at: incident.resolved_at,
        close_reason: incident.close_reason,
        error_code: incident.error_code,
        error: incident.first_error,
        source: None,
        acknowledged: outage.acknowledged.map(Into::into),
    }
}
