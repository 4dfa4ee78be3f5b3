//! `/incidents/{id}/acknowledge` and `/incidents/{id}/notes`.

use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::IncidentId;
use serde::Deserialize;
use shared::identity::{Identity, Role};
use shared::problem::{Problem, parse_json};
use shared::request::{path_id, read_body};

use super::{acknowledge, notes};
use crate::app::App;
use crate::{auth, history};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .route("/incidents/{id}/acknowledge", web::post().to(take_on))
        .route("/incidents/{id}/notes", web::post().to(note));
}

async fn take_on(app: Data<App>, identity: Identity, request: HttpRequest) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let id = incident_id(&request)?;
    let by = auth::name_of(&app.pool.get().await?, identity.user_id).await?;
    acknowledge(&app, identity.org_id, id, &by).await?;
    answer(&app, identity, id).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteInput {
    #[serde(default)]
    text: String,
}

async fn note(
    app: Data<App>,
    identity: Identity,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    identity.require(Role::Editor)?;
    let id = incident_id(&request)?;
    let input: NoteInput = parse_json(&read_body(payload).await?)?;
    let text = notes::valid(&input.text).map_err(|error| Problem::invalid(vec![error]))?;
    let client = app.pool.get().await?;
    let by = auth::name_of(&client, identity.user_id).await?;
    notes::insert(&client, identity.org_id, id, &by, text).await?;
    drop(client);
    answer(&app, identity, id).await
}

async fn answer(app: &App, identity: Identity, id: IncidentId) -> Result<HttpResponse, Problem> {
    let client = app.pool.get().await?;
    let incident = history::incident(&client, identity.org_id, id).await?;
    let incident = incident.with_notes(&client, identity.org_id).await?;
    Ok(HttpResponse::Ok().json(incident))
}

fn incident_id(request: &HttpRequest) -> Result<IncidentId, Problem> {
    path_id(request, "id", "incident").map(IncidentId)
}
