//! Status pages: what the customers of an organisation see of its monitors, at a host of their own. A request is site →
//! route → document → guard → form → answer. Nothing but Redis is needed for it, and without that the last documents are
//! shown. No cookie of the dashboard is looked at or given here.

mod answer;
mod changes;
mod documents;
mod domains;
mod door;
mod encoded;
mod export;
mod files;
mod form;
mod guard;
mod headers;
mod live;
mod password;
mod reading;
mod refreshed;
mod rendered;
mod round;
mod route;
mod serve;
mod sites;
mod source;
mod store;
mod subscriptions;
#[cfg(test)]
mod testing;
mod views;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::{Data, Payload};
use actix_web::{Error, HttpRequest, HttpResponse};
use fred::clients::Client;
use shared::crypto::Keyring;
use shared::http::client_address::AddressPrefix;
use shared::http::identity::REQUEST_ID_HEADER;
use shared::http::panics::caught;
use shared::http::problem::Problem;
use shared::http::request_id::kept_or_new;
use shared::redis::Keys;
use tokio::sync::Semaphore;
use url::Url;

use crate::Edge;
use crate::client::client_prefix;
use crate::hosts::name_in;
use crate::settings::PagesSettings;
use answer::Answers;
use documents::Documents;
use password::Passwords;
use rendered::Renderings;
use sites::{Sites, Whose};
use source::Source;
use store::Store;
use views::Views;

pub(crate) use changes::follow;
pub(crate) use domains::configure as configure_ops;
pub(crate) use round::make as make_rounds;
pub(crate) use views::count as count_views;

/// Links to pages that are being asked for at the same time, at most.
const LINKING: usize = 64;

/// What serving status pages needs.
pub(crate) struct Pages {
    url: Url,
    host: String,
    export_dir: Option<PathBuf>,
    keyring: Keyring,
    source: Source,
    documents: Arc<Documents>,
    views: Arc<Views>,
    sites: Sites,
    renderings: Renderings,
    passwords: Passwords,
    linking: Arc<Semaphore>,
    answers: Answers,
}

/// Where a request is for.
enum Site {
    /// The host of all pages.
    Shared,
    /// The host that a page has for itself.
    Own { host: String, slug: Arc<str> },
    /// A host that may be a page's; nobody can tell at the moment.
    NotKnown,
    /// The client asks for too much.
    TooMany(Duration),
}

impl Site {
    /// Where a request is for, unless it is none of pages.
    async fn of(edge: &Edge, pages: &Pages, request: &HttpRequest) -> Option<Self> {
        let headers = request.headers();
        // Whoever sends several names is refused by those who answer to the last of them.
        let name = name_in(headers).filter(|_| headers.get_all(HOST).count() == 1)?;
        let is_shared = name.eq_ignore_ascii_case(&pages.host);
        if !is_shared && edge.settings.hosts.is_for_us(headers) {
            return None;
        }
        if let Some(wait) = edge.limits.page(client_prefix(edge, request)) {
            return Some(Self::TooMany(wait));
        }
        if is_shared {
            return Some(Self::Shared);
        }
        match pages.sites.whose(name).await {
            Whose::Page(slug) => Some(Self::Own {
                host: name.to_ascii_lowercase(),
                slug,
            }),
            Whose::Nobodys => None,
            Whose::NotKnown => Some(Self::NotKnown),
        }
    }
}

/// A request for a page.
struct Visit<'a> {
    request: &'a HttpRequest,
    slug: Arc<str>,
    /// The name of the host, where the page has it for itself.
    own_host: Option<&'a str>,
    client: IpAddr,
    from: AddressPrefix,
}

impl Pages {
    /// Reads what is kept in files.
    pub(crate) fn new(settings: &PagesSettings, redis: Client, keys: Keys, keyring: Keyring) -> Self {
        let source = Source::new(redis, keys, Store::open(settings.cache_dir.clone()));
        let views = Arc::<Views>::default();
        let documents = Arc::new(Documents::new(source.clone(), Arc::clone(&views)));
        let is_https = settings.url.scheme() == "https";
        Self {
            host: settings.url.host_str().unwrap_or_default().to_owned(),
            url: settings.url.clone(),
            export_dir: settings.export_dir.clone(),
            keyring,
            sites: Sites::new(source.clone(), Arc::clone(&documents)),
            renderings: Renderings::new(source.clone(), is_https),
            source,
            documents,
            views,
            passwords: Passwords::default(),
            linking: Arc::new(Semaphore::new(LINKING)),
            answers: Answers { is_https },
        }
    }

    /// The address of a page at the host of all pages, or at one of its own.
    fn url_of(&self, slug: &str, own_host: Option<&str>) -> String {
        let mut url = self.url.clone();
        match own_host {
            // One that is no host has sent no request.
            Some(host) => drop(url.set_host(Some(host))),
            None => url.set_path(slug),
        }
        url.as_str().trim_end_matches('/').to_owned()
    }
}

impl Visit<'_> {
    /// The path of the page.
    fn path(&self) -> String {
        route::path_of(&self.slug, self.own_host.is_some())
    }

    /// Leads to the page.
    fn to_page(&self, pages: &Pages) -> HttpResponse {
        let see_other = actix_web::http::StatusCode::SEE_OTHER;
        pages.answers.moved(see_other, &self.path())
    }
}

/// The middleware outside of everything that is the dashboard's: requests for hosts of status pages are answered here, and
/// others go on.
pub(crate) async fn aside(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let edge = request.app_data::<Data<Edge>>().cloned();
    if let Some(edge) = edge
        && let Some(pages) = &edge.pages
        && let Some(site) = Site::of(&edge, pages, request.request()).await
    {
        let payload = request.extract::<Payload>().await?;
        let (request, _) = request.into_parts();
        let answering = async {
            let response = serve::serve(&edge, pages, &request, site, payload, began);
            Ok::<_, Problem>(response.await)
        };
        let response = caught(answering).await;
        let mut response = response.unwrap_or_else(|problem| pages.answers.problem(&problem));
        name(&request, &mut response);
        return Ok(ServiceResponse::new(request, response));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Gives the answer the request's id, that of its sender where it is a proper one.
fn name(request: &HttpRequest, response: &mut HttpResponse) {
    let sent = request.headers().get(REQUEST_ID_HEADER);
    let id = kept_or_new(sent.and_then(|value| value.to_str().ok()));
    if response.status().is_server_error() {
        tracing::warn!(
            request_id = id,
            status = response.status().as_u16(),
            "answered for a status page"
        );
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        let name = HeaderName::from_static(REQUEST_ID_HEADER);
        response.headers_mut().insert(name, id);
    }
}
