//! What user-service knows and alerts need: the channels of an organisation, and the names and labels of monitors.
//! Everything is cached; what was known is used on while user-service is away.

mod channels;
mod hints;
mod labels;
mod names;
mod org_alerting;

pub(crate) use channels::{CachedSettings, ChannelLookup, Channels};
pub(crate) use hints::listen;
pub(crate) use labels::{LabelledName, OrgNames, SharedLabels};
pub(crate) use names::Names;
pub(crate) use org_alerting::read as read_alerting;

/// What the engine is informed of.
#[derive(Debug)]
pub(crate) enum DirectoryUpdate {
    /// The channels of an organisation were asked for: they came, or user-service is away.
    Channels(domain::OrgId),
    /// All names of an organisation.
    Names(OrgNames),
    /// A monitor was asked for.
    Monitor(MonitorAnswer),
}

/// What user-service says of a monitor.
#[derive(Debug)]
pub(crate) struct MonitorAnswer {
    pub(crate) monitor: domain::MonitorId,
    pub(crate) owner: alerting::OwnerAnswer,
    /// Its name, where its labels were told, too.
    pub(crate) labelled: Option<LabelledName>,
}
