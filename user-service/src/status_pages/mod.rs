//! Status pages: their documents, which are written to Redis complete, so that showing them needs neither PostgreSQL nor
//! this service. `publisher` takes the pages that are due, `document` makes what is written, of `days` that are measured
//! as the API's uptime is, `written` has the commands for Redis. `proof` looks up whether a host name is a page's,
//! `external` what other status pages say.

pub(crate) mod days;
pub(crate) mod document;
mod external;
mod latency;
mod maintenance;
pub(crate) mod proof;
mod publisher;
mod reported;
mod written;

use std::sync::Arc;

use domain::Timestamp;
use shared::http::problem::Problem;
use tokio::sync::{Notify, Semaphore};
use url::Url;

pub(crate) use self::external::ExternalPages;
pub(crate) use self::publisher::Publisher;
use crate::rules::logo;
use crate::rules::status_page::{OwnHosts, Page};
use crate::store::status_pages::{Logo, PageRow};

/// Logos that are drawn at a time: each may take a second of a core, and 160 MiB.
const DRAWN_AT_ONCE: usize = 1;

/// What status pages need.
#[derive(Debug)]
pub(crate) struct StatusPages {
    /// Where they are, each below it by its slug; nothing when there are none.
    pub(crate) url: Option<Url>,
    /// Where the dashboard is.
    pub(crate) public_url: String,
    /// Whether visitors can subscribe: mails can be sent.
    pub(crate) takes_subscribers: bool,
    /// Host names that no page may have.
    pub(crate) own_hosts: OwnHosts,
    /// Wakes the publisher.
    pub(crate) wake: Notify,
    pub(crate) days: days::Days,
    pub(crate) proofs: proof::Proofs,
    drawing: Arc<Semaphore>,
}

impl StatusPages {
    pub(crate) fn new(
        url: Option<Url>,
        public_url: &str,
        takes_subscribers: bool,
        proofs: proof::Proofs,
    ) -> Self {
        let dashboard = Url::parse(public_url).ok();
        Self {
            own_hosts: OwnHosts::of(url.iter().chain(&dashboard)),
            url,
            takes_subscribers,
            public_url: public_url.to_owned(),
            wake: Notify::new(),
            days: days::Days::default(),
            proofs,
            drawing: Arc::new(Semaphore::new(DRAWN_AT_ONCE)),
        }
    }

    /// The address of a page, without a slash at the end; nothing while there are none.
    pub(crate) fn url_of(&self, page: &PageRow) -> Option<String> {
        let mut url = self.url.clone()?;
        match page.proven_host() {
            Some(host) => url.set_host(Some(host)).ok()?,
            None => url.set_path(&page.page.settings.slug),
        }
        Some(url.as_str().trim_end_matches('/').to_owned())
    }

    /// The addresses that a page has or may have, without a slash at the end.
    pub(crate) fn addresses_of(&self, page: &Page) -> Vec<String> {
        let Some(url) = &self.url else { return Vec::new() };
        let mut by_slug = url.clone();
        by_slug.set_path(&page.settings.slug);
        let by_host = page.host.as_deref().and_then(|host| {
            let mut url = url.clone();
            url.set_host(Some(host)).ok().map(|()| url)
        });
        let addresses = std::iter::once(by_slug).chain(by_host);
        addresses
            .map(|url| url.as_str().trim_end_matches('/').to_owned())
            .collect()
    }

    /// The logo that somebody has sent, drawn anew.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) async fn draw(&self, address: &str) -> Result<Logo, Problem> {
        let (format, bytes) = logo::read(address).map_err(|wrong| Problem::invalid(vec![wrong]))?;
        let turn = Arc::clone(&self.drawing).acquire_owned().await;
        let turn = turn.map_err(Problem::internal)?;
        let drawn = tokio::task::spawn_blocking(move || {
            // It is given back also when a picture makes its reader panic.
            let _turn = turn;
            logo::draw(format, bytes)
        });
        let png = drawn.await.map_err(Problem::internal)?;
        let png = png.map_err(|wrong| Problem::invalid(vec![wrong]))?;
        Ok(Logo {
            hash: sha256(&png),
            png,
        })
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The number of the day (UTC) that an instant lies in.
fn day_number(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(crate::rules::uptime_window::DAY_MS)
}
