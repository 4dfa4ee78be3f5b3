//! What updates say to those who are told of them, remembered for a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::Client;
use domain::{OrgId, ReportUpdateId};

use super::layout::Prepared;
use crate::app::App;
use crate::rules::notice_content::{AnnouncedPage, Announcement};
use crate::store::error::StoreError;
use crate::store::status_pages::PageRow;
use crate::store::{Scope, notices, status_pages};

/// For how long is remembered what an update says: of the thousands of notices about it, it is read a few times.
const REMEMBERED_FOR: Duration = Duration::from_secs(5);

/// What updates say.
#[derive(Debug)]
pub(super) struct Announcements {
    app: Arc<App>,
    remembered: Mutex<HashMap<ReportUpdateId, Remembered>>,
}

/// What an update says, and when it was read; nothing where nobody is told of it any more.
#[derive(Clone, Debug)]
struct Remembered {
    since: Instant,
    announced: Option<Arc<Prepared>>,
}

impl Announcements {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self {
            app,
            remembered: Mutex::default(),
        }
    }

    /// What an update says, as it was a moment ago; nothing when it is gone, or its page is not there for visitors.
    pub(super) async fn of(
        &self,
        client: &Client,
        org: OrgId,
        update: ReportUpdateId,
    ) -> Result<Option<Arc<Prepared>>, StoreError> {
        let known = {
            let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            remembered.retain(|_, one| one.since.elapsed() < REMEMBERED_FOR);
            remembered.get(&update).cloned()
        };
        if let Some(known) = known {
            return Ok(known.announced);
        }
        let announced = self.read(client, org, update).await?;
        let one = Remembered {
            since: Instant::now(),
            announced: announced.clone(),
        };
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.insert(update, one);
        Ok(announced)
    }

    async fn read(
        &self,
        client: &Client,
        org: OrgId,
        update: ReportUpdateId,
    ) -> Result<Option<Arc<Prepared>>, StoreError> {
        let said = notices::said(client, Scope::organisation(org), update).await?;
        let Some(said) = said else { return Ok(None) };
        let Some(page) = status_pages::visible(client, said.page).await? else {
            return Ok(None);
        };
        let Some(page) = announced_page(&self.app, &page) else {
            return Ok(None);
        };
        let announcement = Announcement {
            page,
            report: said.report,
            update,
            title: said.title,
            started_at: said.started_at,
            status: said.status,
            message: said.message,
            components: said.components,
            at: said.at,
        };
        Ok(Some(Arc::new(announcement.into())))
    }
}

/// A page as those are told of it who are told of its updates; nothing where there are no pages.
pub(crate) fn announced_page(app: &App, page: &PageRow) -> Option<AnnouncedPage> {
    let settings = &page.page.settings;
    Some(AnnouncedPage {
        id: page.id,
        title: settings.title.clone(),
        url: app.status_pages.url_of(page)?,
        locale: settings.locale,
        time_zone: settings.time_zone,
    })
}
