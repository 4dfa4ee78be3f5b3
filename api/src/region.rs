//! Regions: from where monitors can be checked.

use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::View;
use crate::operation::{given_or, given_or_value, operation};

/// The regions of the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Regions {
    /// The name of the region that checks each monitor which names none.
    pub home: String,
    /// All of them, the home region first.
    pub items: Vec<Region>,
}

/// A region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Region {
    /// The name, as monitors name it.
    pub name: String,
    /// How many pingers check there now; null where that is not known just now.
    #[schema(required = true)]
    pub pods: Option<u32>,
    /// When one of them was heard of last, to some seconds; null where none has ever been, where they were stopped in order,
    /// and where it is not known just now.
    #[schema(required = true)]
    pub last_seen_at: Option<Timestamp>,
}

operation! {
    /// Lists the regions from which monitors can be checked.
    ListRegions "Monitors": Get "/regions", View;
    answer 200 Regions;
}
