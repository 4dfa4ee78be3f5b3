//! What user-service knows and alerts need: the channels of an organisation, and the names of monitors.
//! Everything is cached; what was known is used on while user-service is away.

mod channels;
mod hints;
mod names;
mod org_alerting;

pub(crate) use channels::{CachedSettings, ChannelLookup, Channels};
pub(crate) use hints::listen;
pub(crate) use names::{Names, OrgNames};
pub(crate) use org_alerting::read as read_alerting;

/// What the engine is informed of.
#[derive(Debug)]
pub(crate) enum DirectoryUpdate {
    /// The channels of an organisation were asked for: they came, or user-service is away.
    Channels(domain::OrgId),
    /// All names of an organisation.
    Names(OrgNames),
    /// The monitor's organisation was asked for.
    Owner(domain::MonitorId, alerting::OwnerAnswer),
}
