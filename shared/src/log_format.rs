//! A log line: one flat JSON object with the service's name and what the spans around the event know, so that a
//! `request_id` stands in the same place whoever logs it.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Puts `service` and the fields of spans before those of the event, which `inner` formats as JSON.
#[derive(Debug)]
pub(crate) struct Named<F> {
    pub(crate) service: &'static str,
    pub(crate) inner: F,
}

impl<S, N, F> FormatEvent<S, N> for Named<F>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        let rest = line.strip_prefix('{').ok_or(fmt::Error)?;
        write!(writer, "{{\"service\":\"{}\",", self.service)?;
        for span in context.event_scope().into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                let fields = fields.fields.strip_prefix('{');
                match fields.and_then(|fields| fields.strip_suffix('}')) {
                    Some("") | None => {}
                    Some(fields) => write!(writer, "{fields},")?,
                }
            }
        }
        writer.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(work: impl FnOnce()) -> Value {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = crate::telemetry::json_lines("pinger").with_writer(move || writer.clone());
        tracing::subscriber::with_default(subscriber.finish(), work);
        let bytes = lines.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_line_is_flat_and_names_its_service() {
        let line = logged(|| tracing::warn!(monitor_id = 7, "late"));
        for (name, value) in [
            ("service", json!("pinger")),
            ("level", json!("WARN")),
            ("message", json!("late")),
            ("monitor_id", json!(7)),
        ] {
            assert_eq!(line[name], value, "{line}");
        }
    }

    #[test]
    fn what_the_spans_know_is_in_the_line() {
        let line = logged(|| {
            let _outer =
                tracing::info_span!("request", request_id = "a\"b{}", user_id = tracing::field::Empty)
                    .entered();
            tracing::Span::current().record("user_id", 3);
            let _inner = tracing::info_span!("nothing known").entered();
            tracing::info!("answered");
        });
        assert_eq!(
            (&line["request_id"], &line["user_id"]),
            (&json!("a\"b{}"), &json!(3))
        );
    }
}
