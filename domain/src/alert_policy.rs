//! What an organisation has decided about who is notified when: routes, escalation policies, schedules, teams, and by
//! which channels people are reached.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::escalation::{EscalationPolicy, Target};
use crate::ids::{ChannelId, EscalationPolicyId, ScheduleId, TeamId, UserId};
use crate::on_call::Schedule;
use crate::routing::Route;
use crate::time::Timestamp;

/// What an organisation has decided about who is notified when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertPolicy {
    /// In the order in which they are asked.
    pub routes: Vec<Route>,
    /// Who is notified in turn.
    pub escalation_policies: Vec<EscalationPolicy>,
    /// Who is on call when.
    pub schedules: Vec<Schedule>,
    /// Who is notified together.
    pub teams: Vec<Team>,
    /// The members, as far as they are reached by channels of their own.
    pub people: Vec<Person>,
    /// Changes when what routes go by of one of the organisation's monitors does; 0 where nothing goes by it.
    pub labels_version: i64,
}

/// Members who are notified together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// Who is in it.
    pub members: Vec<UserId>,
}

/// A member, and how they are reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// Their own channels that are enabled.
    pub channels: Vec<ChannelId>,
}

/// Why a target reaches nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unreachable {
    /// There is no such target any more.
    Gone,
    /// Nobody is on call.
    NobodyOnCall,
    /// None of the people has an enabled channel of their own, or the channel is disabled.
    NoChannel,
}

impl AlertPolicy {
    /// Whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// An escalation policy.
    pub fn policy(&self, id: EscalationPolicyId) -> Option<&EscalationPolicy> {
        self.escalation_policies.iter().find(|policy| policy.id == id)
    }

    /// A schedule.
    pub fn schedule(&self, id: ScheduleId) -> Option<&Schedule> {
        self.schedules.iter().find(|schedule| schedule.id == id)
    }

    fn team(&self, id: TeamId) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == id)
    }

    /// A target that is not reached, and why, in words.
    pub fn describe_unreached(&self, target: Target, why: Unreachable) -> String {
        let named = match target {
            Target::Channel { id } => format!("channel {id}"),
            Target::Person { id } => format!("member {id}"),
            Target::Team { id } => format!("team {id}"),
            Target::Schedule { id } => match self.schedule(id) {
                Some(schedule) => format!("schedule {}", schedule.name),
                None => format!("schedule {id}"),
            },
        };
        let why = match why {
            Unreachable::Gone => "was deleted",
            Unreachable::NobodyOnCall => "has nobody on call",
            Unreachable::NoChannel => match target {
                Target::Channel { .. } => "is not enabled",
                Target::Person { .. } => "has no enabled channel",
                Target::Team { .. } => "has no member with an enabled channel",
                Target::Schedule { .. } => "has somebody on call without an enabled channel",
            },
        };
        format!("{named} {why}")
    }

    fn channels_of(&self, people: &[UserId]) -> Vec<ChannelId> {
        let known = self.people.iter().filter(|person| people.contains(&person.id));
        known.flat_map(|person| &person.channels).copied().collect()
    }

    /// The channels by which a target is reached at an instant, each of which `is_enabled`.
    ///
    /// # Errors
    /// Why there are none.
    pub fn reach(
        &self,
        target: Target,
        at: Timestamp,
        is_enabled: impl Fn(ChannelId) -> bool,
    ) -> Result<Vec<ChannelId>, Unreachable> {
        let mut channels = match target {
            Target::Channel { id } => vec![id],
            Target::Person { id } => self.channels_of(&[id]),
            Target::Team { id } => {
                let team = self.team(id).ok_or(Unreachable::Gone)?;
                self.channels_of(&team.members)
            }
            Target::Schedule { id } => {
                let schedule = self.schedule(id).ok_or(Unreachable::Gone)?;
                let on_call = schedule.on_call(at).ok_or(Unreachable::NobodyOnCall)?;
                self.channels_of(&[on_call.user_id])
            }
        };
        channels.retain(|&channel| is_enabled(channel));
        match channels.is_empty() {
            true => Err(Unreachable::NoChannel),
            false => Ok(channels),
        }
    }
}
