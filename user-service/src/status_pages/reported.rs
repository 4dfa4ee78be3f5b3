//! What people say of the components of a status page. There are no reports yet.

use chrono::NaiveDate;
use deadpool_postgres::GenericClient;
use domain::ComponentId;
use domain::status_page::Impact;
use pages::document::Report;

use crate::store::error::StoreError;
use crate::store::status_pages::PageRow;

/// What reports say of a page.
#[derive(Debug, Default)]
pub(super) struct Reported {
    /// Newest first.
    pub(super) reports: Vec<Report>,
}

impl Reported {
    /// What reports that are open say of a component.
    pub(super) fn now(&self, _component: ComponentId) -> Impact {
        Impact::Operational
    }

    /// The worst that they said of it on a day (UTC).
    pub(super) fn on(&self, _component: ComponentId, _day: NaiveDate) -> Impact {
        Impact::Operational
    }
}

/// What reports say of a page that shows the days from `first` on.
pub(super) async fn read(
    _client: &impl GenericClient,
    _page: &PageRow,
    _first: NaiveDate,
) -> Result<Reported, StoreError> {
    Ok(Reported::default())
}
