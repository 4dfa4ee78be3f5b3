//! Consumer groups: who is in them, and how they agree on who reads what.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::protocol::StrBytes;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

/// Longer does nobody wait for a member.
const MAX_TIMEOUT: Duration = Duration::from_secs(1_800);

/// How a member could divide the partitions, in the order of its preference.
pub(crate) type Protocols = Vec<(StrBytes, Bytes)>;

/// A wish to be in a group.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) group: StrBytes,
    pub(crate) client: StrBytes,
    /// Empty at first.
    pub(crate) member: StrBytes,
    pub(crate) session: Duration,
    pub(crate) rebalance: Duration,
    pub(crate) protocols: Protocols,
}

/// A generation of a group, as one member hears of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) generation: i32,
    pub(crate) protocol: StrBytes,
    pub(crate) leader: StrBytes,
    pub(crate) member: StrBytes,
    /// Only the leader hears of them.
    pub(crate) members: Vec<(StrBytes, Bytes)>,
}

type Reply<T> = Result<T, ResponseError>;

#[derive(Debug)]
struct Member {
    session: Duration,
    rebalance: Duration,
    protocols: Protocols,
    seen: Instant,
    joining: Option<oneshot::Sender<Reply<Joined>>>,
    syncing: Option<oneshot::Sender<Reply<Bytes>>>,
    assignment: Bytes,
}

impl Member {
    /// Whether it waits for an answer, and is still there to hear it.
    fn waits(&self) -> bool {
        let joins = self.joining.as_ref().is_some_and(|reply| !reply.is_closed());
        joins || self.syncing.as_ref().is_some_and(|reply| !reply.is_closed())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Members say that they are there.
    Joining {
        until: Instant,
    },
    /// The leader divides the partitions.
    Syncing,
    Stable,
}

#[derive(Debug)]
struct Group {
    phase: Phase,
    generation: i32,
    protocol: StrBytes,
    leader: StrBytes,
    members: BTreeMap<StrBytes, Member>,
}

/// All groups that have members.
#[derive(Debug, Default)]
pub(crate) struct Groups(HashMap<StrBytes, Group>);

impl Groups {
    /// Takes a member in; the answer comes when all members have joined.
    pub(crate) fn join(&mut self, join: Join, now: Instant) -> oneshot::Receiver<Reply<Joined>> {
        let (reply, answer) = oneshot::channel();
        let group = self.0.entry(join.group.clone()).or_insert_with(|| Group {
            phase: Phase::Stable,
            generation: 0,
            protocol: StrBytes::default(),
            leader: StrBytes::default(),
            members: BTreeMap::new(),
        });
        group.join(join, reply, now);
        self.forget_empty();
        answer
    }

    /// Takes the leader's division; the answer comes when it is there.
    pub(crate) fn sync(
        &mut self,
        group: &StrBytes,
        member: &StrBytes,
        generation: i32,
        division: Vec<(StrBytes, Bytes)>,
        now: Instant,
    ) -> oneshot::Receiver<Reply<Bytes>> {
        let (reply, answer) = oneshot::channel();
        match self.member_of(group, member, generation, now) {
            Ok(group) => group.sync(member, division, reply),
            Err(error) => drop(reply.send(Err(error))),
        }
        answer
    }

    /// A sign of life; the answer says whether the member must join again.
    pub(crate) fn heartbeat(
        &mut self,
        group: &StrBytes,
        member: &StrBytes,
        generation: i32,
        now: Instant,
    ) -> Reply<()> {
        match self.member_of(group, member, generation, now)?.phase {
            Phase::Joining { .. } => Err(ResponseError::RebalanceInProgress),
            Phase::Syncing | Phase::Stable => Ok(()),
        }
    }

    /// Lets a member go.
    pub(crate) fn leave(&mut self, group: &StrBytes, member: &StrBytes, now: Instant) -> Reply<()> {
        let left = self
            .0
            .get_mut(group)
            .is_some_and(|group| group.remove(std::slice::from_ref(member), now));
        self.forget_empty();
        if left {
            Ok(())
        } else {
            Err(ResponseError::UnknownMemberId)
        }
    }

    /// Whether offsets may be committed: by a member, or by anybody while the group has none.
    pub(crate) fn may_commit(
        &mut self,
        group: &StrBytes,
        member: &StrBytes,
        generation: i32,
        now: Instant,
    ) -> Reply<()> {
        if generation < 0 && !self.0.contains_key(group) {
            return Ok(());
        }
        match self.member_of(group, member, generation, now)?.phase {
            Phase::Syncing => Err(ResponseError::RebalanceInProgress),
            Phase::Joining { .. } | Phase::Stable => Ok(()),
        }
    }

    /// Lets the members go that were not heard of, and no longer waits for those that did not join in time.
    pub(crate) fn expire(&mut self, now: Instant) {
        for group in self.0.values_mut() {
            let gone = |member: &Member| !member.waits() && member.seen + member.session < now;
            let gone: Vec<_> = group
                .members
                .iter()
                .filter(|(_, member)| gone(member))
                .map(|(id, _)| id.clone())
                .collect();
            group.remove(&gone, now);
            if let Phase::Joining { until } = group.phase
                && until <= now
            {
                group.members.retain(|_, member| member.waits());
                group.complete(now);
            }
        }
        self.forget_empty();
    }

    fn member_of(
        &mut self,
        group: &StrBytes,
        member: &StrBytes,
        generation: i32,
        now: Instant,
    ) -> Reply<&mut Group> {
        let group = self.0.get_mut(group).ok_or(ResponseError::UnknownMemberId)?;
        let known = group
            .members
            .get_mut(member)
            .ok_or(ResponseError::UnknownMemberId)?;
        known.seen = now;
        if group.generation != generation {
            return Err(ResponseError::IllegalGeneration);
        }
        Ok(group)
    }

    fn forget_empty(&mut self) {
        self.0.retain(|_, group| !group.members.is_empty());
    }
}

impl Group {
    fn join(&mut self, join: Join, reply: oneshot::Sender<Reply<Joined>>, now: Instant) {
        let is_new = join.member.is_empty();
        if !is_new && !self.members.contains_key(&join.member) {
            return drop(reply.send(Err(ResponseError::UnknownMemberId)));
        }
        let others = self.members.iter().filter(|(id, _)| **id != join.member);
        if !join
            .protocols
            .iter()
            .any(|(name, _)| others.clone().all(|(_, other)| other.speaks(name)))
        {
            return drop(reply.send(Err(ResponseError::InconsistentGroupProtocol)));
        }
        let id = if is_new {
            let unique = Uuid::from_u128(rand::random()).simple();
            StrBytes::from_string(format!("{}-{unique}", join.client.as_str()))
        } else {
            join.member
        };
        let known = self.members.get(&id).map(|member| &member.protocols);
        let is_changed = known != Some(&join.protocols);
        let settled = match self.phase {
            Phase::Stable => !is_changed && self.leader != id,
            Phase::Syncing => !is_changed,
            Phase::Joining { .. } => false,
        };
        let member = self.members.entry(id.clone()).or_insert_with(|| Member {
            session: Duration::ZERO,
            rebalance: Duration::ZERO,
            protocols: Vec::new(),
            seen: now,
            joining: None,
            syncing: None,
            assignment: Bytes::new(),
        });
        member.session = join.session.min(MAX_TIMEOUT);
        member.rebalance = join.rebalance.min(MAX_TIMEOUT);
        member.protocols = join.protocols;
        member.seen = now;
        if settled {
            return drop(reply.send(Ok(self.as_heard_by(&id))));
        }
        member.joining = Some(reply);
        self.rebalance(now);
    }

    fn sync(
        &mut self,
        id: &StrBytes,
        division: Vec<(StrBytes, Bytes)>,
        reply: oneshot::Sender<Reply<Bytes>>,
    ) {
        let Some(member) = self.members.get_mut(id) else {
            return;
        };
        match self.phase {
            Phase::Joining { .. } => drop(reply.send(Err(ResponseError::RebalanceInProgress))),
            Phase::Stable => drop(reply.send(Ok(member.assignment.clone()))),
            Phase::Syncing => {
                member.syncing = Some(reply);
                if self.leader != *id {
                    return;
                }
                for (id, assignment) in division {
                    if let Some(member) = self.members.get_mut(&id) {
                        member.assignment = assignment;
                    }
                }
                self.phase = Phase::Stable;
                for member in self.members.values_mut() {
                    if let Some(reply) = member.syncing.take() {
                        let _ = reply.send(Ok(member.assignment.clone()));
                    }
                }
            }
        }
    }

    /// Removes members; answers whether there were any of them.
    fn remove(&mut self, ids: &[StrBytes], now: Instant) -> bool {
        let before = self.members.len();
        self.members.retain(|id, _| !ids.contains(id));
        let removed = self.members.len() < before;
        if removed {
            self.rebalance(now);
        }
        removed
    }

    /// Asks all members to join again, unless they do so already.
    fn rebalance(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Joining { .. }) {
            for member in self.members.values_mut() {
                if let Some(reply) = member.syncing.take() {
                    let _ = reply.send(Err(ResponseError::RebalanceInProgress));
                }
            }
            let patience = self.members.values().map(|member| member.rebalance).max();
            self.phase = Phase::Joining {
                until: now + patience.unwrap_or_default(),
            };
        }
        if self.members.values().all(|member| member.joining.is_some()) {
            self.complete(now);
        }
    }

    /// Begins a generation of the members that have joined.
    fn complete(&mut self, now: Instant) {
        let Some(first) = self.members.keys().next().cloned() else {
            return;
        };
        self.generation += 1;
        self.phase = Phase::Syncing;
        if !self.members.contains_key(&self.leader) {
            self.leader = first;
        }
        let spoken = self
            .members
            .get(&self.leader)
            .map(|leader| leader.protocols.clone());
        let common = spoken
            .unwrap_or_default()
            .into_iter()
            .find(|(name, _)| self.members.values().all(|member| member.speaks(name)));
        self.protocol = common.map(|(name, _)| name).unwrap_or_default();
        let ids: Vec<_> = self.members.keys().cloned().collect();
        for id in ids {
            let joined = self.as_heard_by(&id);
            if let Some(member) = self.members.get_mut(&id) {
                member.seen = now;
                member.assignment = Bytes::new();
                if let Some(reply) = member.joining.take() {
                    let _ = reply.send(Ok(joined));
                }
            }
        }
    }

    fn as_heard_by(&self, id: &StrBytes) -> Joined {
        let members = self.members.iter().filter(|_| self.leader == *id);
        Joined {
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            member: id.clone(),
            members: members
                .map(|(id, member)| (id.clone(), member.metadata(&self.protocol)))
                .collect(),
        }
    }
}

impl Member {
    fn speaks(&self, protocol: &StrBytes) -> bool {
        self.protocols.iter().any(|(name, _)| name == protocol)
    }

    fn metadata(&self, protocol: &StrBytes) -> Bytes {
        let spoken = self.protocols.iter().find(|(name, _)| name == protocol);
        spoken.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
