//! `/incidents/{id}/acknowledge` and `/incidents/{id}/notes`.

use actix_web::web::Data;
use api::{AcknowledgeIncident, AddIncidentNote, Incident, Operation, Principal};
use domain::IncidentId;
use shared::call::{Call, Reply};
use shared::problem::Problem;
use shared::routes::Routes;

use super::notes;
use crate::app::App;
use crate::{auth, history};

pub(crate) fn mount(routes: Routes) -> Routes {
    routes.mount(acknowledge).mount(add_note)
}

async fn acknowledge(
    app: Data<App>,
    call: Call<AcknowledgeIncident>,
) -> Result<Reply<AcknowledgeIncident>, Problem> {
    let (caller, id) = (call.caller, call.path.id);
    let by = auth::name_of(&app.pool.get().await?, caller.user_id()).await?;
    super::acknowledge(&app, caller.org_id, id, &by).await?;
    answer(&app, &caller, id).await
}

async fn add_note(app: Data<App>, call: Call<AddIncidentNote>) -> Result<Reply<AddIncidentNote>, Problem> {
    let (caller, id) = (call.caller, call.path.id);
    let text = notes::valid(&call.body.text).map_err(|error| Problem::invalid(vec![error]))?;
    let client = app.pool.get().await?;
    let by = auth::name_of(&client, caller.user_id()).await?;
    notes::insert(&client, caller.org_id, id, &by, text).await?;
    drop(client);
    answer(&app, &caller, id).await
}

async fn answer<O: Operation<Answer = Incident>>(
    app: &App,
    caller: &Principal,
    id: IncidentId,
) -> Result<Reply<O>, Problem> {
    let client = app.pool.get().await?;
    let incident = history::incident(&client, caller.org_id, id).await?;
    let incident = history::with_notes(incident, &client, caller.org_id).await?;
    Ok(Reply::new(incident))
}
