//! What the operator is told.

use std::io::Write;

use domain::Timestamp;
use domain::fold::Activity;
use domain::record::LifecycleEvent;

use super::evidence::Evidence;
use super::plan::{Plan, Raised, Verdict};
use super::write::Skipped;

/// Writes the report, a line for each monitor concerned.
pub(super) fn write(
    out: &mut (dyn Write + Send),
    since: Timestamp,
    evidence: &Evidence,
    plan: &Plan,
    ids: &[Skipped],
    everything: bool,
) -> std::io::Result<()> {
    writeln!(
        out,
        "read {} records of the log since {since}, and {} definitions in Redis",
        evidence.records, evidence.mirrored
    )?;
    if evidence.unreadable > 0 {
        writeln!(out, "{} definitions in Redis cannot be read", evidence.unreadable)?;
    }
    if evidence.doubted > 0 {
        writeln!(
            out,
            "not gone by: {} records with an id or a revision that cannot be",
            evidence.doubted
        )?;
    }
    if everything {
        writeln!(
            out,
            "not everything that happened after the backup is known: every monitor gets a new revision"
        )?;
    }
    for raised in &plan.raised {
        writeln!(out, "{}", line(raised))?;
    }
    for gone in &plan.gone {
        let outage = if gone.in_outage {
            "; an incident of it that was notified has no end"
        } else {
            ""
        };
        writeln!(
            out,
            "monitor {} of organisation {} ({}): added after the backup, gone{outage}",
            gone.id, gone.org_id, gone.url
        )?;
    }
    for skipped in ids {
        writeln!(
            out,
            "{}: ids up to {} are not given out again",
            skipped.table, skipped.after
        )?;
    }
    writeln!(
        out,
        "{} monitors have a new revision, {} are gone. Of names, mutes, channels, maintenance windows, silences, accounts \
         and passwords that changed after the backup there is no trace: tell the users.",
        plan.raised.len(),
        plan.gone.len()
    )
}

fn line(raised: &Raised) -> String {
    let stored = &raised.stored;
    let lost: Vec<&str> = raised
        .lost
        .iter()
        .map(|&event| LifecycleEvent::as_str(event))
        .collect();
    let lost = match (lost.is_empty(), raised.verdict) {
        (false, _) => format!("{} after the backup", lost.join(" and ")),
        (true, _) => "as in the backup".to_owned(),
    };
    let now = match (raised.verdict, stored.activity) {
        (Verdict::Removed(_), _) => "removed, as before",
        (_, Activity::Paused) => "paused, as before",
        _ => "checked as before",
    };
    let outage = match (raised.in_outage, stored.activity) {
        (false, _) => "",
        (true, Activity::Active) => "; an incident that was notified continues",
        (true, _) => "; an incident that was notified ends without a notification",
    };
    format!(
        "monitor {} of organisation {} ({}): {lost}; now {now}, revision {} -> {}{outage}",
        stored.id,
        stored.org_id,
        stored.name,
        stored.revision,
        raised.revision()
    )
}
