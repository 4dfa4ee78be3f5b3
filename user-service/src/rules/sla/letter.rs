//! What recipients of a schedule are told of a report.

use api::SlaReport;
use domain::text::mailed_name;
use serde::{Deserialize, Serialize};

use crate::rules::mail_content::Letter;

/// What a mail says of a report. It is stored, sealed, until the mail is sent: add to it, and change nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReportFigures {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) organisation: String,
    pub(crate) period: String,
    /// In per cent.
    pub(crate) target: String,
    pub(crate) achieved: Option<String>,
    pub(crate) met: Option<bool>,
    pub(crate) allowed_ms: i64,
    pub(crate) used_ms: i64,
    pub(crate) left_ms: i64,
    pub(crate) incidents: usize,
    pub(crate) monitors: usize,
    pub(crate) monitors_missed: usize,
}

impl ReportFigures {
    pub(crate) fn of(report: &SlaReport) -> Self {
        let (content, total) = (&report.content, &report.content.total);
        let decisive = match content.exclude_maintenance {
            true => &total.result.without_maintenance,
            false => &total.result.all_time,
        };
        Self {
            id: report.id,
            name: content.name.clone(),
            organisation: content.organisation.clone(),
            period: content.period.label.clone(),
            target: content.target.to_string(),
            achieved: decisive.percent.clone(),
            met: total.result.met,
            allowed_ms: total.result.budget.allowed_ms,
            used_ms: total.result.budget.used_ms,
            left_ms: total.result.budget.left_ms,
            incidents: decisive.incidents,
            monitors: content.monitors.len(),
            monitors_missed: total.monitors_missed,
        }
    }

    /// The mail to `to`, from the installation at `public_url`.
    pub(crate) fn letter(&self, to: &str, public_url: &str) -> Letter {
        let (name, organisation) = (mailed_name(&self.name), mailed_name(&self.organisation));
        let Self {
            period,
            target,
            incidents,
            monitors,
            monitors_missed,
            ..
        } = self;
        let duration = sla_files::duration;
        let verdict = match self.met {
            Some(true) => "met",
            Some(false) => "missed",
            None => "nothing was measured",
        };
        let found = match &self.achieved {
            Some(achieved) => format!(
                "All monitors of \"{organisation}\" together were up {achieved} % of the covered time of {period}. The target of {target} % was {verdict}."
            ),
            None => format!("Of {period} nothing was measured."),
        };
        Letter {
            subject: format!("SLA report \"{name}\", {period}: {verdict}"),
            paragraphs: vec![
                found,
                format!(
                    "Error budget: {} allowed, {} used, {} left. Incidents: {incidents}. Monitors: {monitors}, of which {monitors_missed} missed the target by themselves.",
                    duration(self.allowed_ms),
                    duration(self.used_ms),
                    duration(self.left_ms),
                ),
            ],
            button: Some((
                "Look at the report",
                format!("{public_url}/sla-reports/{}", self.id),
            )),
            validity: None,
            reason: format!(
                "You get this mail because the address {to} of your account on {public_url} is named in the schedule of this report."
            ),
        }
    }
}
