//! What makes the fields of a monitor valid, and the fields that make a monitor.

use super::kinds::{HEARTBEAT, MonitorInput, Probe};
use super::places::Places;
use super::spec::{Spec, deadline_ms};
use crate::field_error::{Errors, FieldError};
use crate::rule::Rule;
use crate::text::{hidden, is_blank, shown};

/// Seconds between two checks, at least.
const MIN_INTERVAL_SECONDS: u32 = 10;
/// Seconds between two checks, at most.
const MAX_INTERVAL_SECONDS: u32 = 86_400;
/// The default timeout of one attempt in milliseconds.
const DEFAULT_TIMEOUT_MS: u32 = 10_000;

impl MonitorInput {
    /// The name and the specification that the fields make; a field that is left out has its default.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub fn validate(&self) -> Result<(String, Spec), Vec<FieldError>> {
        if self.kind.as_deref() == Some(HEARTBEAT) {
            return self.validate_heartbeat();
        }
        let mut errors = Errors::default();
        let probe = Probe::parse(self, &mut errors);
        let interval_seconds = self.interval_seconds.unwrap_or(60);
        errors.range(
            "interval_seconds",
            interval_seconds,
            MIN_INTERVAL_SECONDS,
            MAX_INTERVAL_SECONDS,
        );
        let retries = self.retries.unwrap_or(1);
        errors.range("retries", u32::from(retries), 0, 5);
        let retry_delay_ms = self.retry_delay_ms.unwrap_or(1_000);
        errors.range("retry_delay_ms", retry_delay_ms, 0, 60_000);
        let interval_ms = interval_seconds.clamp(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS) * 1_000;
        let timeout_ms = match self.timeout_ms {
            Some(timeout_ms) => timeout_ms,
            None => default_timeout_ms(interval_ms, retries, retry_delay_ms),
        };
        errors.range("timeout_ms", timeout_ms, 100, 120_000);
        let rule = Rule {
            down_after: self.down_after.unwrap_or(1),
            up_after: self.up_after.unwrap_or(1),
            slow_ms: self.slow_ms,
            down_of: self.down_of,
            down_for_seconds: self.down_for_seconds.unwrap_or(0),
        };
        errors.0.extend(rule.validate());
        if let Some(slow_ms) = rule.slow_ms
            && (timeout_ms..=120_000).contains(&slow_ms)
        {
            let wrong = format!("must be less than timeout_ms, {timeout_ms}: an answer that slow is none");
            errors.add("slow_ms", wrong);
        }
        if let Some((least, why)) = probe.as_ref().and_then(Probe::least_timeout_ms)
            && (100..least).contains(&timeout_ms)
        {
            errors.add("timeout_ms", format!("must be at least {least}: {why}"));
        }
        if errors.0.is_empty() {
            let deadline = deadline_ms(timeout_ms, retries, retry_delay_ms);
            if deadline >= u64::from(interval_ms) {
                errors.add(
                    "timeout_ms",
                    format!(
                        "makes the whole check last up to {deadline} ms with its retries, which is not shorter \
                         than the interval of {interval_ms} ms"
                    ),
                );
            }
        }
        let name = self.valid_name(probe.as_ref(), &mut errors);
        let places = self.valid_places(&mut errors);
        match probe {
            Some(probe) if errors.0.is_empty() => Ok((
                name,
                Spec {
                    interval_ms,
                    timeout_ms,
                    retries,
                    retry_delay_ms,
                    rule,
                    paused: self.paused.unwrap_or(false),
                    upside_down: self.upside_down.unwrap_or(false),
                    regions: places.regions,
                    quorum: places.quorum,
                    quorum_asked: places.asked,
                    probe,
                },
            )),
            _ => Err(errors.0),
        }
    }

    pub(super) fn valid_name(&self, probe: Option<&Probe>, errors: &mut Errors) -> String {
        let name = self
            .name
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty());
        match name {
            Some(name) => {
                if name.chars().count() > 120 {
                    errors.add("name", "must have at most 120 characters");
                }
                if is_blank(name) {
                    errors.add("name", "must have a visible character");
                } else if let Some(wrong) = hidden(name) {
                    errors.add("name", wrong);
                }
                name.to_owned()
            }
            None => probe.map(Probe::host).unwrap_or_default(),
        }
    }
}

impl From<(String, Spec)> for MonitorInput {
    /// The fields that make `spec`; a PATCH is merged into them.
    fn from((name, spec): (String, Spec)) -> Self {
        let mut input = Self {
            // One that was taken before hidden characters were refused does not keep anything else from being edited.
            name: Some(shown(&name).into_owned()),
            kind: Some(spec.probe.kind().to_owned()),
            url: Some(spec.probe.url()),
            interval_seconds: Some(spec.interval_ms / 1_000),
            timeout_ms: Some(spec.timeout_ms),
            retries: Some(spec.retries),
            retry_delay_ms: Some(spec.retry_delay_ms),
            down_after: Some(spec.rule.down_after),
            down_of: spec.rule.down_of,
            down_for_seconds: Some(spec.rule.down_for_seconds).filter(|seconds| *seconds > 0),
            up_after: Some(spec.rule.up_after),
            slow_ms: spec.rule.slow_ms,
            paused: Some(spec.paused),
            upside_down: spec.upside_down.then_some(true),
            ..Self::default()
        };
        Places::of(&spec).write(&mut input);
        if matches!(spec.probe, Probe::Heartbeat(_)) {
            input.leave_out_sending();
        }
        spec.probe.write_options(&mut input);
        input
    }
}

/// Ten seconds, or the longest timeout with which the whole check is shorter than the interval.
fn default_timeout_ms(interval_ms: u32, retries: u16, retry_delay_ms: u32) -> u32 {
    let pauses = deadline_ms(0, retries, retry_delay_ms);
    let left = u64::from(interval_ms).saturating_sub(pauses) / (u64::from(retries) + 1);
    let rounded = left.saturating_sub(1) / 100 * 100;
    rounded.min(u64::from(DEFAULT_TIMEOUT_MS)) as u32
}
