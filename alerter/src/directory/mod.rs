//! What user-service knows and alerts need: the channels of an organisation, and the names of monitors.
//! Everything is cached; what was known is used on while user-service is away.

mod alerting;
mod channels;
mod hints;
mod names;

pub(crate) use alerting::read as read_alerting;
pub(crate) use channels::{Channels, Found, Known};
pub(crate) use hints::listen;
pub(crate) use names::{Names, OrgNames, Owner};

/// The engine is told of these.
#[derive(Debug)]
pub(crate) enum News {
    /// The channels of an organisation were asked for: they came, or user-service is away.
    Channels(domain::OrgId),
    /// All names of an organisation.
    Names(OrgNames),
    /// The monitor's organisation was asked for.
    Owner(domain::MonitorId, Owner),
}
