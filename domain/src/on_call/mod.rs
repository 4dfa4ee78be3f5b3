//! Who is on call when: layers of people who take turns, and overrides. The rota is a function of these and an instant.
//! docs/ON_CALL.md is what users read about it.

mod clock;
mod restrictions;
mod shifts;
mod turns;
mod validation;

use std::ops::Range;

use chrono::{NaiveDateTime, NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{ScheduleId, UserId};
use crate::maintenance::WeekdayName;
use crate::time::Timestamp;

/// Who is on call when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Which.
    pub id: ScheduleId,
    /// What people call it.
    pub name: String,
    /// Its layers.
    #[serde(flatten)]
    pub rota: Rota,
    /// Who stands in for others; those that are over may be left out.
    #[serde(default)]
    pub overrides: Vec<Override>,
}

/// Layers of people who take turns. Where several layers have somebody on call, the last of them decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rota {
    /// The IANA time zone of the hand-offs, as in `Europe/Berlin`.
    #[schema(value_type = String)]
    pub time_zone: Tz,
    /// 1 to 20.
    pub layers: Vec<Layer>,
}

/// People who take turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Who, in the order of their turns; 1 to 50, and somebody may have several turns.
    pub people: Vec<UserId>,
    /// When the first turn begins, by the clock on the wall, as in `2026-11-30T09:00:00`. Hand-offs are at the same time
    /// of the day, and of a rotation by weeks on the same weekday. Nobody is on call before.
    #[schema(value_type = String)]
    pub starts_at: NaiveDateTime,
    /// How long a turn is.
    pub rotation: Rotation,
    /// When the layer applies; always where there are none. At most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restrictions: Vec<Restriction>,
}

/// How long a turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// 1 to 365.
    pub every: u16,
    /// Of what.
    pub unit: RotationUnit,
}

/// What turns are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RotationUnit {
    /// Hours that have passed, whatever the clocks do.
    Hours,
    /// Days by the clock on the wall.
    Days,
    /// Weeks by the clock on the wall.
    Weeks,
}

/// When a layer applies, by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "repeat", rename_all = "snake_case", deny_unknown_fields)]
pub enum Restriction {
    /// Every day.
    Daily {
        /// From this time of the day.
        #[schema(value_type = String)]
        from: NaiveTime,
        /// Until this one; not later than `from`: of the next day.
        #[schema(value_type = String)]
        until: NaiveTime,
    },
    /// Every week.
    Weekly {
        /// From this day.
        #[schema(value_type = WeekdayName)]
        from_day: Weekday,
        /// From this time of that day.
        #[schema(value_type = String)]
        from: NaiveTime,
        /// Until this day.
        #[schema(value_type = WeekdayName)]
        until_day: Weekday,
        /// Until this time of that day; not later than the beginning: of the next week.
        #[schema(value_type = String)]
        until: NaiveTime,
    },
}

/// Somebody is on call instead of whom the layers say. Of several at a time, the last in the list decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Override {
    /// Who.
    pub user_id: UserId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Who is on call, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnCall {
    /// Who.
    pub user_id: UserId,
    /// By which layer, from 0; absent by an override.
    pub layer: Option<usize>,
}

/// A span of time in which one person is on call by the same turn of a layer or the same override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// When.
    pub span: Range<Timestamp>,
    /// Who.
    pub on_call: OnCall,
}
