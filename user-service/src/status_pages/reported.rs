//! What people say of the components of a status page.

use chrono::{Days, NaiveDate, NaiveTime};
use deadpool_postgres::GenericClient;
use domain::status_page::Impact;
use domain::{ComponentId, Timestamp};
use pages::document::Report;

use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::status_pages::PageRow;
use crate::store::status_reports::{self, for_document};

/// What reports say of a page.
#[derive(Debug, Default)]
pub(super) struct Reported {
    /// Newest first.
    pub(super) reports: Vec<Report>,
    impacts: status_reports::Reported,
}

impl Reported {
    /// What reports that are open say of a component.
    pub(super) fn now(&self, component: ComponentId) -> Impact {
        self.impacts.now.get(&component).copied().unwrap_or_default()
    }

    /// The worst that they said of it on a day (UTC).
    pub(super) fn on(&self, component: ComponentId, day: NaiveDate) -> Impact {
        let worst = self.impacts.days.get(&(component, day));
        worst.copied().unwrap_or_default()
    }
}

/// What reports say of a page that shows the days from `first` on.
pub(super) async fn read(
    client: &impl GenericClient,
    page: &PageRow,
    first: NaiveDate,
    now: Timestamp,
) -> Result<Reported, StoreError> {
    let scope = Scope::organisation(page.org_id);
    let since = Timestamp::from(first.and_time(NaiveTime::MIN).and_utc());
    let last = first + Days::new(u64::from(page.page.settings.history_days));
    Ok(Reported {
        reports: for_document(client, scope, page.id, since).await?,
        impacts: status_reports::reported(client, scope, page.id, &(first..=last), now).await?,
    })
}
