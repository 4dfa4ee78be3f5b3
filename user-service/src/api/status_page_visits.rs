//! What a status page looks like, before it is saved and to its own organisation; and whether its host name is its own.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{
    AccessKind, PreviewStatusPage, PreviewStatusPageEdit, ProveCustomDomain, StatusPageInput,
    StatusPagePreview, StatusPageVisit, VisitStatusPage,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{ComponentId, StatusPageId};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use shared::status_page::{Pass, PassKind};

use super::called_by::author;
use super::status_page_view::view;
use super::status_pages::{announce, apply, audited};
use crate::app::App;
use crate::limited::limited;
use crate::metrics as names;
use crate::status_pages::document;
use crate::store::status_page_hosts::{self as hosts, Claim};
use crate::store::status_pages::{self as store, PageRow};
use crate::store::{Scope, components, external_pages};

/// How long the address is valid at which a member opens a page, in milliseconds.
const VISIT_MS: i64 = 60_000;

/// How often a person has host names looked up in an hour.
const PROOFS_PER_HOUR: u32 = 30;
const HOUR: Duration = Duration::from_secs(3_600);

/// Where a page would be while there are none.
const NOWHERE: &str = "https://status.example.org";

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(preview)
        .mount(preview_edit)
        .mount(prove_domain)
        .mount(visit)
}

async fn preview(
    app: Data<App>,
    mut call: Call<PreviewStatusPage>,
) -> Result<Reply<PreviewStatusPage>, Problem> {
    let body = std::mem::take(&mut call.body);
    Ok(Reply::new(
        look_of(&app, Scope::from(&call.caller), body, None).await?,
    ))
}

async fn preview_edit(
    app: Data<App>,
    mut call: Call<PreviewStatusPageEdit>,
) -> Result<Reply<PreviewStatusPageEdit>, Problem> {
    let (scope, body) = (Scope::from(&call.caller), std::mem::take(&mut call.body));
    let old = store::find(&app.pool.get().await?, scope, call.path.id).await?;
    Ok(Reply::new(look_of(&app, scope, body, Some(old)).await?))
}

/// A page as it would be with what is asked for, without having been saved.
async fn look_of(
    app: &App,
    scope: Scope,
    body: StatusPageInput,
    old: Option<PageRow>,
) -> Result<StatusPagePreview, Problem> {
    let applied = apply(app, body, old.as_ref())?;
    let mut page = applied.page;
    // One that is sent is not drawn for it.
    let keeps_logo = applied.logo.is_none();
    let client = app.pool.get().await?;
    let monitors = components::monitors(&client, scope, &page.groups).await?;
    page.groups = components::with_names(&page.groups, &monitors);
    let externals = external_pages::known(&client, page.groups.iter()).await?;
    let components = page.groups.iter_mut().flat_map(|group| &mut group.components);
    for (component, id) in components.zip(1..) {
        // No component that is stored has one below zero.
        component.id.get_or_insert(ComponentId(-id));
    }
    let now = shared::now();
    let row = match old {
        Some(old) => PageRow {
            proof: old.proof.filter(|_| page.host == old.page.host),
            logo: old.logo.filter(|_| keeps_logo),
            page,
            monitors,
            externals,
            ..old
        },
        None => PageRow {
            id: StatusPageId(0),
            org_id: scope.org(),
            page,
            password_hash: None,
            guard_version: 1,
            proof: None,
            logo: None,
            monitors,
            externals,
            added: HashMap::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        },
    };
    let url = app.status_pages.url_of(&row);
    let url = url.unwrap_or_else(|| format!("{NOWHERE}/{}", row.page.settings.slug));
    let document = document::build(&client, &app.status_pages, &row, url, now).await?;
    let mut view = pages::View::new(&document, &HashMap::new(), now);
    if row.logo.is_some()
        && let Some(png) = store::logo(&client, row.id).await?
    {
        // A frame cannot fetch it.
        view = view.with_embedded_logo(format!("data:image/png;base64,{}", STANDARD.encode(png)));
    }
    Ok(StatusPagePreview {
        html: pages::html::page(&view),
    })
}

async fn prove_domain(
    app: Data<App>,
    call: Call<ProveCustomDomain>,
) -> Result<Reply<ProveCustomDomain>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let old = store::find(&app.pool.get().await?, scope, id).await?;
    let claim = match (&old.page.host, &old.proof) {
        (Some(host), Some(proof)) => Claim {
            page: old.id,
            host: host.clone(),
            token: proof.token.clone(),
        },
        _ => return Err(conflict("the status page has no host name of its own")),
    };
    limited(&app, "prove-domain", &call.caller, PROOFS_PER_HOUR, HOUR).await?;
    let found = app.status_pages.proofs.look_up(&claim).await;
    let outcome = if found.is_ok() { "proven" } else { "refused" };
    metrics::counter!(names::STATUS_PAGE_PROOFS, "outcome" => outcome).increment(1);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    match &found {
        Ok(()) => hosts::proven(&tx, &claim).await?,
        Err(problem) => hosts::not_proven(&tx, &claim, problem, false).await?,
    }
    let row = store::find(&tx, scope, id).await?;
    let after = view(&app.status_pages, &row);
    if row.proven_host() != old.proven_host() {
        let before = view(&app.status_pages, &old);
        author(&call)
            .changed(&tx, &audited(row.id), &before, &after)
            .await?;
    }
    tx.commit().await?;
    announce(&app, scope, row.id);
    Ok(Reply::new(after))
}

async fn visit(app: Data<App>, call: Call<VisitStatusPage>) -> Result<Reply<VisitStatusPage>, Problem> {
    let scope = Scope::from(&call.caller);
    let row = store::find(&app.pool.get().await?, scope, call.path.id).await?;
    let Some(url) = app.status_pages.url_of(&row) else {
        return Err(conflict("this installation has no status pages (PAGES_URL)"));
    };
    if !row.page.settings.published {
        return Err(conflict("the status page is not published"));
    }
    let url = match row.page.access.kind {
        AccessKind::Public => url,
        _ => {
            let pass = Pass {
                page: row.id,
                guard_version: row.guard_version,
                until: shared::now().plus_millis(VISIT_MS),
            };
            format!("{url}/enter?visit={}", pass.seal(&app.keyring, PassKind::Visit))
        }
    };
    Ok(Reply::new(StatusPageVisit { url }))
}

fn conflict(detail: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, detail)
}
