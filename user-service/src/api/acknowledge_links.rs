//! `/acknowledgements/{token}`: acknowledging by the link in a notification, without signing in.
//!
//! The link is shown on GET and acts on POST: what fetches the addresses in messages by itself acknowledges nothing.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{AcknowledgeByLink, AcknowledgeIncident, GetLinkedIncident, LinkedState, Operation as _};
use domain::acknowledge_link::AcknowledgeLink;
use shared::acknowledge_link;
use shared::http::call::{Call, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::incidents::acknowledge_as;
use crate::app::App;
use crate::store::Scope;
use crate::store::acknowledge_links;
use crate::store::audit::{Author, By};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(get).mount(acknowledge)
}

async fn get(app: Data<App>, call: Call<GetLinkedIncident>) -> Result<Reply<GetLinkedIncident>, Problem> {
    let (link, _) = known(&app, &call.path.token).await?;
    let client = app.pool.get().await?;
    Ok(Reply::new(acknowledge_links::incident(&client, &link).await?))
}

async fn acknowledge(
    app: Data<App>,
    call: Call<AcknowledgeByLink>,
) -> Result<Reply<AcknowledgeByLink>, Problem> {
    let (link, by) = known(&app, &call.path.token).await?;
    let before = acknowledge_links::incident(&app.pool.get().await?, &link).await?;
    if before.state != LinkedState::Open {
        return Ok(Reply::new(before));
    }
    let author = Author {
        by: By::Link(by.clone()),
        scope: Scope::organisation(link.org_id),
        action: AcknowledgeIncident::ID,
        address: identity::client_address(call.request()),
        request_id: identity::request_id(call.request()),
    };
    match acknowledge_as(&app, &author, link.incident_id, &by).await {
        // It ended meanwhile, of which nobody can do anything.
        Err(problem) if problem.status() == StatusCode::CONFLICT => {}
        other => other?,
    }
    let client = app.pool.get().await?;
    Ok(Reply::new(acknowledge_links::incident(&client, &link).await?))
}

/// What a token stands for, and in whose name it acknowledges. Which of the reasons there are that it stands for nothing is
/// told to nobody.
async fn known(app: &App, token: &str) -> Result<(AcknowledgeLink, String), Problem> {
    let unknown = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "there is no such link, or it is not valid any more",
        )
    };
    let link = acknowledge_link::read(token, &app.keyring, shared::now()).ok_or_else(unknown)?;
    let by = acknowledge_links::acting_as(&app.pool.get().await?, &link).await?;
    Ok((link, by.ok_or_else(unknown)?))
}
