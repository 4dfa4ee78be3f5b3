//! What was seen: reads from the tables that the processor writes.

#[cfg(test)]
mod adjoining;
mod day;
mod events;
mod incidents;
mod measure;
#[cfg(test)]
mod plans;
mod points;
mod range;
mod results;
mod series;
mod skipped;
mod summary;
mod uptime;
mod window;

pub(crate) use day::uptime_of_a_day;
pub(crate) use incidents::{IncidentAnswer, incident};
pub(crate) use points::{POINTS, sparklines};

use actix_web::web::{self, ServiceConfig};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .route("/monitors/{id}/results", web::get().to(results::list))
        .route("/monitors/{id}/series", web::get().to(series::get))
        .route("/monitors/{id}/uptime", web::get().to(uptime::get))
        .route("/incidents", web::get().to(incidents::list))
        .route("/incidents/{id}", web::get().to(incidents::get))
        .route("/incidents/{id}/events", web::get().to(events::list))
        .route("/summary", web::get().to(summary::get));
}
