//! Links by which visitors see a status page that is for the mailboxes of some domains.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use domain::EmailAddress;
use domain::text::shown;
use serde::Deserialize;
use shared::http::problem::{Problem, parse_json};
use shared::http::request::{BODY_WITHIN, read_body_within};
use shared::status_page::{Pass, PassKind};

use crate::app::App;
use crate::mail_limits::count_page_link;
use crate::rules::mail_content::{Content, PAGE_LINK_SECONDS};
use crate::rules::status_page::has_domain;
use crate::store::status_pages;

/// The largest request, in bytes.
const MAX_BYTES: usize = 4 * 1_024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    email: String,
}

/// Has a link mailed to a visitor whose address is of a domain that gets one. The answer never says whether it was.
pub(super) async fn send(
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let slug = request.match_info().get("slug").unwrap_or_default();
    let body = read_body_within(payload, MAX_BYTES, BODY_WITHIN).await?;
    let wanted: Wanted = parse_json(&body)?;
    mail(&app, slug, &wanted.email).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn mail(app: &App, slug: &str, address: &str) -> Result<(), Problem> {
    let Ok(address) = EmailAddress::parse(address) else {
        return Ok(());
    };
    let client = app.pool.get().await?;
    let Some(row) = status_pages::visible_by_slug(&client, slug).await? else {
        return Ok(());
    };
    let Some(url) = app.status_pages.url_of(&row) else {
        return Ok(());
    };
    // Of another kind of page there are none.
    if !has_domain(&address, &row.page.access.email_domains)
        || count_page_link(app, row.id, &address.normal()).await?.is_some()
    {
        return Ok(());
    }
    let pass = Pass {
        page: row.id,
        guard_version: row.guard_version,
        until: shared::now().plus_millis(PAGE_LINK_SECONDS * 1_000),
    };
    let content = Content::PageLink {
        link: format!("{url}/enter?token={}", pass.seal(&app.keyring, PassKind::Link)),
        title: shown(&row.page.settings.title).into_owned(),
        url,
        locale: row.page.settings.locale,
    };
    app.mailer
        .post(&client, address.mailbox(), &content, None)
        .await?;
    app.mailer.wake.notify_one();
    Ok(())
}
