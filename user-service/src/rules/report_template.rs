//! What people prepare to say in reports, and the rules that it has to satisfy. Pure.

use api::ReportTemplateInput;
use domain::monitor::FieldError;
use domain::status_page::{Impact, ReportStatus};

use super::errors::Errors;
use super::status_report::{impact, message, status, title};
use super::text;

/// What a valid template says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) message: String,
    pub(crate) status: ReportStatus,
    pub(crate) impact: Option<Impact>,
    pub(crate) notify: bool,
}

impl Template {
    /// The template that the fields make of `old`, or of nothing.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn apply(input: ReportTemplateInput, old: Option<&Self>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = match (input.name, old) {
            (None, Some(old)) => Some(old.name.clone()),
            (name, _) => errors.keep(text::name(name.as_deref().unwrap_or_default())),
        };
        let title = match (input.title, old) {
            (None, old) => Some(old.and_then(|old| old.title.clone())),
            (Some(None), _) => Some(None),
            (Some(given), _) => errors.keep(title(given.as_deref())).map(Some),
        };
        let message = match (input.message, old) {
            (None, Some(old)) => Some(old.message.clone()),
            (message_given, _) => errors.keep(message(message_given.as_deref())),
        };
        let status = match (input.status, old) {
            (None, Some(old)) => Some(old.status),
            (given, _) => errors.keep(status(given.as_deref())),
        };
        let impact = match (input.impact, old) {
            (None, old) => Some(old.and_then(|old| old.impact)),
            (Some(None), _) => Some(None),
            (Some(given), _) => errors.keep(impact("impact", given.as_deref())).map(Some),
        };
        let impact = match (status, impact) {
            (Some(ReportStatus::Resolved), Some(Some(_))) => errors.add(
                "impact",
                "must be null where the status is resolved: all components become operational",
            ),
            (_, impact) => impact,
        };
        let notify = match (input.notify, old) {
            (Some(notify), _) => Some(notify),
            (None, Some(old)) => Some(old.notify),
            (None, None) => errors.add("notify", "is required: whether subscribers are notified"),
        };
        match (name, title, message, status, impact, notify) {
            (Some(name), Some(title), Some(message), Some(status), Some(impact), Some(notify)) => Ok(Self {
                name,
                title,
                message,
                status,
                impact,
                notify,
            }),
            _ => Err(errors.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> ReportTemplateInput {
        ReportTemplateInput {
            name: Some(" Slow ".to_owned()),
            message: Some("We are **looking** into it.\n".to_owned()),
            status: Some("investigating".to_owned()),
            notify: Some(true),
            ..ReportTemplateInput::default()
        }
    }

    fn wrong(input: ReportTemplateInput, old: Option<&Template>) -> Vec<String> {
        let errors = Template::apply(input, old).unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_template_says_what_an_update_may_say() {
        let template = Template::apply(input(), None).unwrap();
        assert_eq!(
            template,
            Template {
                name: "Slow".to_owned(),
                title: None,
                message: "We are **looking** into it.".to_owned(),
                status: ReportStatus::Investigating,
                impact: None,
                notify: true,
            }
        );
        assert_eq!(
            wrong(ReportTemplateInput::default(), None),
            ["name", "message", "status", "notify"]
        );
        let long = ReportTemplateInput {
            name: Some("n".repeat(121)),
            title: Some(Some("t".repeat(201))),
            message: Some("m".repeat(10_001)),
            status: Some("gone".to_owned()),
            impact: Some(Some("gone".to_owned())),
            notify: Some(false),
        };
        assert_eq!(
            wrong(long, None),
            ["name", "title", "message", "status", "impact"]
        );
    }

    #[test]
    fn what_a_change_leaves_out_stays() {
        let full = ReportTemplateInput {
            title: Some(Some("Slow answers".to_owned())),
            impact: Some(Some("degraded_performance".to_owned())),
            ..input()
        };
        let old = Template::apply(full, None).unwrap();
        let unchanged = Template::apply(ReportTemplateInput::default(), Some(&old));
        assert_eq!(unchanged.as_ref(), Ok(&old));
        let cleared = ReportTemplateInput {
            title: Some(None),
            impact: Some(None),
            notify: Some(false),
            ..ReportTemplateInput::default()
        };
        let cleared = Template::apply(cleared, Some(&old)).unwrap();
        assert_eq!(
            (cleared.title, cleared.impact, cleared.notify),
            (None, None, false)
        );
        assert_eq!(cleared.message, old.message);
    }

    /// Also where the impact is the one that there was.
    #[test]
    fn what_is_resolved_affects_nothing() {
        let resolved = || ReportTemplateInput {
            status: Some("resolved".to_owned()),
            ..ReportTemplateInput::default()
        };
        let affected = ReportTemplateInput {
            impact: Some(Some("major_outage".to_owned())),
            ..input()
        };
        let old = Template::apply(affected, None).unwrap();
        assert_eq!(wrong(resolved(), Some(&old)), ["impact"]);
        let both = ReportTemplateInput {
            impact: Some(None),
            ..resolved()
        };
        assert!(Template::apply(both, Some(&old)).is_ok());
    }
}
