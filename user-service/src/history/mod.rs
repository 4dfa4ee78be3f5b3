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
pub(crate) use incidents::{incident, with_notes};
pub(crate) use points::{POINTS, sparklines};

use shared::routes::Routes;

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(results::list)
        .mount(series::get)
        .mount(uptime::get)
        .mount(incidents::list)
        .mount(incidents::get)
        .mount(events::list)
        .mount(summary::get)
}
