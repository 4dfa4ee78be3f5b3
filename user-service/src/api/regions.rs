//! `/regions`: from where monitors can be checked.

use actix_web::web::Data;
use api::{ListRegions, Regions};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use crate::app::App;
use crate::pinger_pods;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list)
}

async fn list(app: Data<App>, _call: Call<ListRegions>) -> Result<Reply<ListRegions>, Problem> {
    Ok(Reply::new(Regions {
        home: app.regions.home().to_owned(),
        items: pinger_pods::regions(&app).await,
    }))
}
