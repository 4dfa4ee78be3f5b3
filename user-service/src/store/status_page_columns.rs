//! What is written of a row of `status_pages`, column by column.

use tokio_postgres::types::ToSql;

use super::status_pages::Written;
use crate::rules::status_page::Page;

/// What is written of a page, column by column.
pub(super) struct Columns<'a> {
    written: &'a Written<'a>,
    theme: &'static str,
    locale: &'static str,
    time_zone: &'static str,
    history_days: i16,
    report_after_minutes: Option<i32>,
    kind: &'static str,
    networks: Vec<String>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(written: &'a Written<'a>) -> Self {
        let Page { settings, access, .. } = written.page;
        Self {
            written,
            theme: settings.theme.as_str(),
            locale: settings.locale.as_str(),
            time_zone: settings.time_zone.name(),
            history_days: settings.history_days.cast_signed(),
            report_after_minutes: settings.report_after_minutes.map(i32::from),
            kind: access.kind_name(),
            networks: access.networks.iter().map(ToString::to_string).collect(),
        }
    }

    /// From `slug` to `host_token`, and when outages are reported.
    pub(super) fn values(&self) -> [&(dyn ToSql + Sync); 19] {
        let Page {
            settings,
            access,
            host,
            ..
        } = self.written.page;
        [
            &settings.slug,
            &settings.title,
            &settings.description,
            &settings.contact_url,
            &settings.published,
            &settings.accent_colour,
            &self.theme,
            &self.locale,
            &self.time_zone,
            &settings.allow_index,
            &self.history_days,
            &settings.show_maintenance,
            &self.kind,
            &self.written.password_hash,
            &access.email_domains,
            &self.networks,
            host,
            &self.written.token,
            &self.report_after_minutes,
        ]
    }
}
