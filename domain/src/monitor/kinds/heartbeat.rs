//! Heartbeats: monitors that wait for the pings of a job.

use schedules::{Period, Schedule, ScheduleError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kind::Kind;
use crate::field_error::Errors;
use crate::heartbeat::{BodyFilter, Expectation, PingFilter};
use crate::record::{HEARTBEAT, RunLimits};

/// The shortest and the longest times that can be chosen, in seconds: a minute and a year.
const LEAST_SECONDS: u32 = 60;
const MOST_SECONDS: u32 = 365 * 86_400;
/// A day.
const DEFAULT_PERIOD_SECONDS: u32 = 86_400;
/// An hour.
const DEFAULT_GRACE_SECONDS: u32 = 3_600;
/// A ping that comes further ahead of its time is one of the time before.
const MOST_EARLY_SECONDS: u32 = 3_600;
/// The longest slug, in bytes.
const MOST_SLUG_BYTES: usize = 64;
/// The longest word that is looked for in a body, in bytes.
const MOST_WORD_BYTES: usize = 100;
/// Words that are looked for in a body for one meaning, at most.
const MOST_WORDS: usize = 10;
/// Seconds that fit into the milliseconds of a run's limits.
const MOST_RUN_SECONDS: u32 = 7 * 86_400;

/// A heartbeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeartbeatProbe {
    /// Its name in the addresses of pings.
    pub slug: String,
    /// What it expects of its job.
    pub expectation: Expectation,
    /// Which requests count, and for what.
    #[serde(default)]
    pub filter: PingFilter,
    /// What a run is held against when it ends.
    #[serde(default)]
    pub limits: RunLimits,
}

/// Options of heartbeats.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HeartbeatInput {
    /// When the job runs; once a day, counted from its last ping, by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleInput>,
    /// How long after it was due a ping may arrive, in seconds: 60 to 31,536,000; an hour by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u32>,
    /// How long before it is due a ping counts for it already, in seconds: up to 3,600; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_seconds: Option<u32>,
    /// How long after it was due the job must have said that it starts, in seconds; by default starts are not waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_grace_seconds: Option<u32>,
    /// How long a run may take, in seconds, since it started or last sent `/log`; the grace time by default, and 0 for as
    /// long as it likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_run_seconds: Option<u32>,
    /// A run that was shorter, in seconds, counts as a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortest_run_seconds: Option<u32>,
    /// A success that follows the one before it sooner, in seconds, counts as a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_pause_seconds: Option<u32>,
    /// Whether only POST requests count; others are kept and mean nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_only: Option<bool>,
    /// Words in the body of a ping that decide what it says, whatever its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyFilter>,
}

/// When a job runs: `period_seconds` after its last ping, or at the dates of `expression`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleInput {
    /// How often it runs, in seconds: 60 to 31,536,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_seconds: Option<u32>,
    /// A cron expression of five fields, or one of systemd's OnCalendar, of which each line may match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// The time zone of the expression by its name in the IANA database; UTC by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

impl ScheduleInput {
    /// The schedule that it describes.
    ///
    /// # Errors
    /// The field that is not valid.
    pub fn parse(&self) -> Result<Schedule, ScheduleError> {
        let wrong = |field, message: &str| ScheduleError {
            field,
            message: message.to_owned(),
        };
        match (self.period_seconds, &self.expression) {
            (Some(_), Some(_)) => Err(wrong("expression", "must be left out with period_seconds")),
            (Some(_), None) if self.timezone.is_some() => {
                Err(wrong("timezone", "must be left out with period_seconds"))
            }
            (Some(seconds), None) => Period::new(seconds).map(Schedule::from),
            (None, Some(expression)) => {
                Schedule::parse(expression, self.timezone.as_deref().unwrap_or("UTC"))
            }
            (None, None) => Err(wrong("expression", "must be given, or period_seconds")),
        }
    }
}

impl From<&Schedule> for ScheduleInput {
    fn from(schedule: &Schedule) -> Self {
        let written = |expression: &str, timezone: &str| Self {
            expression: Some(expression.to_owned()),
            timezone: Some(timezone.to_owned()),
            ..Self::default()
        };
        match schedule {
            Schedule::Period(period) => Self {
                period_seconds: Some(period.seconds()),
                ..Self::default()
            },
            Schedule::Cron(cron) => written(cron.expression(), cron.timezone().name()),
            Schedule::OnCalendar(dates) => written(dates.expression(), dates.timezone().name()),
        }
    }
}

impl Kind for HeartbeatProbe {
    const NAME: &'static str = HEARTBEAT;
    type Input = HeartbeatInput;

    fn parse(url: &str, input: HeartbeatInput, errors: &mut Errors) -> Option<Self> {
        let slug = slug_of(url, errors)?;
        let known = errors.0.len();
        let daily = ScheduleInput {
            period_seconds: Some(DEFAULT_PERIOD_SECONDS),
            ..ScheduleInput::default()
        };
        let schedule = input.schedule.unwrap_or(daily).parse();
        let schedule = schedule.map_err(|wrong| {
            errors.add(&format!("heartbeat.schedule.{}", wrong.field), wrong.message);
        });
        let grace_seconds = input.grace_seconds.unwrap_or(DEFAULT_GRACE_SECONDS);
        errors.range(
            "heartbeat.grace_seconds",
            grace_seconds,
            LEAST_SECONDS,
            MOST_SECONDS,
        );
        let early_seconds = input.early_seconds.unwrap_or(0);
        errors.range("heartbeat.early_seconds", early_seconds, 0, MOST_EARLY_SECONDS);
        if let Some(seconds) = input.start_grace_seconds {
            errors.range(
                "heartbeat.start_grace_seconds",
                seconds,
                LEAST_SECONDS,
                MOST_SECONDS,
            );
        }
        if let Some(seconds) = input.longest_run_seconds.filter(|seconds| *seconds > 0) {
            errors.range(
                "heartbeat.longest_run_seconds",
                seconds,
                LEAST_SECONDS,
                MOST_SECONDS,
            );
        }
        let mut limit = |field: &str, seconds: Option<u32>| {
            let seconds = seconds?;
            errors.range(field, seconds, 1, MOST_RUN_SECONDS);
            Some(seconds.min(MOST_RUN_SECONDS) * 1_000)
        };
        let limits = RunLimits {
            shortest_ms: limit("heartbeat.shortest_run_seconds", input.shortest_run_seconds),
            least_pause_ms: limit("heartbeat.least_pause_seconds", input.least_pause_seconds),
            must_not_ping: false,
        };
        if let Some(body) = &input.body {
            check_words("heartbeat.body.fail", &body.fail, errors);
            check_words("heartbeat.body.success", &body.success, errors);
            check_words("heartbeat.body.start", &body.start, errors);
            if body.fail.is_empty() && body.success.is_empty() && body.start.is_empty() {
                errors.add("heartbeat.body", "must name at least one word");
            }
        }
        let schedule = schedule.ok().filter(|_| errors.0.len() == known)?;
        Some(Self {
            slug,
            expectation: Expectation {
                schedule,
                grace_seconds,
                early_seconds,
                start_grace_seconds: input.start_grace_seconds,
                longest_run_seconds: input.longest_run_seconds,
            },
            filter: PingFilter {
                post_only: input.post_only.unwrap_or(false),
                body: input.body,
            },
            limits,
        })
    }

    fn into_input(self) -> HeartbeatInput {
        let Expectation {
            schedule,
            grace_seconds,
            early_seconds,
            start_grace_seconds,
            longest_run_seconds,
        } = self.expectation;
        let seconds = |ms: u32| ms / 1_000;
        HeartbeatInput {
            schedule: Some(ScheduleInput::from(&schedule)),
            grace_seconds: Some(grace_seconds),
            early_seconds: Some(early_seconds),
            start_grace_seconds,
            longest_run_seconds,
            shortest_run_seconds: self.limits.shortest_ms.map(seconds),
            least_pause_seconds: self.limits.least_pause_ms.map(seconds),
            post_only: Some(self.filter.post_only),
            body: self.filter.body,
        }
    }

    fn url(&self) -> String {
        format!("heartbeat://{}", self.slug)
    }

    fn host(&self) -> String {
        self.slug.clone()
    }
}

/// The name of a heartbeat in the addresses of pings that is made of what people call it: `Nightly backup (db1)` becomes
/// `nightly-backup-db1`. Empty when no letter or digit of it is left.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9' | '_') => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
        if slug.len() >= MOST_SLUG_BYTES {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

fn slug_of(url: &str, errors: &mut Errors) -> Option<String> {
    let slug = url.strip_prefix("heartbeat://").filter(|slug| {
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        (1..=MOST_SLUG_BYTES).contains(&slug.len()) && slug.bytes().all(is_allowed)
    });
    if slug.is_none() {
        errors.add(
            "url",
            "must be heartbeat:// and a name of 1 to 64 lower-case letters, digits, - and _, as in \
             heartbeat://nightly-backup",
        );
    }
    slug.map(str::to_owned)
}

fn check_words(field: &str, words: &[String], errors: &mut Errors) {
    if words.len() > MOST_WORDS {
        errors.add(field, format!("must have at most {MOST_WORDS} words"));
    }
    if words
        .iter()
        .any(|word| word.is_empty() || word.len() > MOST_WORD_BYTES)
    {
        errors.add(field, format!("must have words of 1 to {MOST_WORD_BYTES} bytes"));
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs_are_made_of_names() {
        for (name, made) in [
            ("Nightly backup (db1)", "nightly-backup-db1"),
            ("  --a__b--  ", "a__b"),
            ("Überprüfung", "berpr-fung"),
            ("日本", ""),
            ("x".repeat(100).as_str(), "x".repeat(64).as_str()),
        ] {
            assert_eq!(slug(name), made);
        }
    }
}
