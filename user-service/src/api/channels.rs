//! `/channels`.

use actix_web::web::Data;
use api::{CreateChannel, DeleteChannel, EditChannel, GetChannel, ListChannels};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::{channel_edit, channel_view};
use crate::app::App;
use crate::store::channels::Whose;

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
}

async fn list(app: Data<App>, call: Call<ListChannels>) -> Result<Reply<ListChannels>, Problem> {
    channel_view::list(&app, &call.caller, Whose::Organisation, &call.query).await
}

async fn create(app: Data<App>, call: Call<CreateChannel>) -> Result<Reply<CreateChannel>, Problem> {
    channel_edit::create(&app, call, Whose::Organisation).await
}

async fn get(app: Data<App>, call: Call<GetChannel>) -> Result<Reply<GetChannel>, Problem> {
    channel_view::one(&app, &call.caller, Whose::Organisation, call.path.id).await
}

async fn edit(app: Data<App>, call: Call<EditChannel>) -> Result<Reply<EditChannel>, Problem> {
    channel_edit::edit(&app, call, Whose::Organisation).await
}

async fn delete(app: Data<App>, call: Call<DeleteChannel>) -> Result<Reply<DeleteChannel>, Problem> {
    channel_edit::delete(&app, call, Whose::Organisation).await
}
