//! `/acknowledgements/{token}`: acknowledging by the link in a notification, without signing in.
//!
//! The link is shown on GET and acts on POST: what fetches the addresses in messages by itself acknowledges nothing.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{AcknowledgeByLink, AcknowledgeIncident, GetLinkedIncident, LinkedState, Operation, Permission};
use deadpool_postgres::GenericClient;
use domain::acknowledge_link::AcknowledgeLink;
use shared::acknowledge_link;
use shared::http::call::{Call, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::incidents::acknowledge_as;
use crate::app::App;
use crate::store::acknowledge_links::ActingAs;
use crate::store::audit::{Author, By};
use crate::store::{Scope, acknowledge_links, second_factors, users};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(get).mount(acknowledge)
}

async fn get(app: Data<App>, call: Call<GetLinkedIncident>) -> Result<Reply<GetLinkedIncident>, Problem> {
    let known = Known::read(&app, &call.path.token).await?;
    let client = app.pool.get().await?;
    let refused = known.refused(&app, &client).await?;
    let mut incident = acknowledge_links::incident(&client, &known.link).await?;
    incident.refused = refused;
    Ok(Reply::new(incident))
}

async fn acknowledge(
    app: Data<App>,
    call: Call<AcknowledgeByLink>,
) -> Result<Reply<AcknowledgeByLink>, Problem> {
    let known = Known::read(&app, &call.path.token).await?;
    let link = known.link;
    {
        let client = app.pool.get().await?;
        if let Some(refused) = known.refused(&app, &client).await? {
            return Err(Problem::new(StatusCode::FORBIDDEN, refused));
        }
        let before = acknowledge_links::incident(&client, &link).await?;
        if before.state != LinkedState::Open {
            return Ok(Reply::new(before));
        }
    }
    let ActingAs { by, owner } = known.acting_as;
    let owner = owner.map(|owner| owner.user_id);
    let author = Author {
        by: By::Link {
            name: by.clone(),
            owner,
        },
        scope: match owner {
            // Whatever has changed since it was looked: what the member does not see is not there.
            Some(user_id) => Scope::member(link.org_id, user_id, None),
            None => Scope::organisation(link.org_id),
        },
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

/// What a token stands for now.
#[derive(Debug)]
struct Known {
    link: AcknowledgeLink,
    acting_as: ActingAs,
}

impl Known {
    /// Which of the reasons there are that a token stands for nothing is told to nobody.
    async fn read(app: &App, token: &str) -> Result<Self, Problem> {
        let unknown = || {
            Problem::new(
                StatusCode::NOT_FOUND,
                "there is no such link, or it is not valid any more",
            )
        };
        let link = acknowledge_link::read(token, &app.keyring, shared::now()).ok_or_else(unknown)?;
        let acting_as = acknowledge_links::acting_as(&app.pool.get().await?, &link).await?;
        let acting_as = acting_as.ok_or_else(unknown)?;
        Ok(Self { link, acting_as })
    }

    /// Why it does not acknowledge now, where it is of a member's own channel: the member may do by it what the member may do
    /// signed in, and no more.
    ///
    /// # Errors
    /// 403 when the member does not see the monitor, of which nothing is shown then.
    async fn refused(&self, app: &App, client: &impl GenericClient) -> Result<Option<String>, Problem> {
        let Some(owner) = self.acting_as.owner else {
            return Ok(None);
        };
        let (user_id, scope) = (owner.user_id, Scope::organisation(self.link.org_id));
        let because = |why: &str| format!("the member whose channel has this link {why}");
        if !acknowledge_links::is_seen_by(client, &self.link, user_id).await? {
            let why = because("does not see this monitor any more");
            return Err(Problem::new(StatusCode::FORBIDDEN, why));
        }
        let needed = <<AcknowledgeIncident as Operation>::Permission as Permission>::ROLE;
        if let Some(needed) = needed.filter(|needed| owner.role < *needed) {
            let why = format!("may not acknowledge: this needs the role {}", needed.as_str());
            return Ok(Some(because(&why)));
        }
        if second_factors::is_missing(client, scope, user_id).await? {
            let why = "has no second factor, which the organisation demands";
            return Ok(Some(because(why)));
        }
        if app.mailer.delivers() && users::is_overdue(client, user_id).await? {
            return Ok(Some(because(
                "has not verified the e-mail address of the account",
            )));
        }
        Ok(None)
    }
}
