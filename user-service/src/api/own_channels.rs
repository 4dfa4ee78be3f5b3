//! `/me/channels`.

use actix_web::web::Data;
use api::{
    ConfirmOwnChannel, CreateOwnChannel, DeleteOwnChannel, EditOwnChannel, GetOwnChannel, ListOwnChannels,
    Principal,
};
use domain::UserId;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::{channel_edit, channel_view, number_codes};
use crate::app::App;
use crate::store::channels::Whose;

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
        .mount(confirm)
}

fn own(caller: &Principal) -> Whose {
    Whose::Member(UserId(caller.user_id()))
}

async fn list(app: Data<App>, call: Call<ListOwnChannels>) -> Result<Reply<ListOwnChannels>, Problem> {
    channel_view::list(&app, &call.caller, own(&call.caller), &call.query).await
}

async fn create(app: Data<App>, call: Call<CreateOwnChannel>) -> Result<Reply<CreateOwnChannel>, Problem> {
    let own = own(&call.caller);
    channel_edit::create(&app, call, own).await
}

async fn get(app: Data<App>, call: Call<GetOwnChannel>) -> Result<Reply<GetOwnChannel>, Problem> {
    channel_view::one(&app, &call.caller, own(&call.caller), call.path.id).await
}

async fn edit(app: Data<App>, call: Call<EditOwnChannel>) -> Result<Reply<EditOwnChannel>, Problem> {
    let own = own(&call.caller);
    channel_edit::edit(&app, call, own).await
}

async fn delete(app: Data<App>, call: Call<DeleteOwnChannel>) -> Result<Reply<DeleteOwnChannel>, Problem> {
    let own = own(&call.caller);
    channel_edit::delete(&app, call, own).await
}

async fn confirm(app: Data<App>, call: Call<ConfirmOwnChannel>) -> Result<Reply<ConfirmOwnChannel>, Problem> {
    number_codes::enter(&app, call).await
}
