//! Consumer groups: their members, and what they have done.

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponsePartition, OffsetFetchResponseTopic,
};
use kafka_protocol::messages::{
    HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
    LeaveGroupResponse, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse,
    SyncGroupRequest, SyncGroupResponse,
};
use kafka_protocol::protocol::StrBytes;
use tokio::time::Instant;

use super::{State, code};
use crate::group::Join;

pub(super) async fn join(state: &State, client: &StrBytes, request: JoinGroupRequest) -> JoinGroupResponse {
    let millis = |millis: i32| Duration::from_millis(millis.max(0) as u64);
    let session = millis(request.session_timeout_ms);
    let join = Join {
        group: request.group_id.0,
        client: client.clone(),
        member: request.member_id.clone(),
        session,
        // The oldest version has none of its own.
        rebalance: millis(request.rebalance_timeout_ms).max(session),
        protocols: request
            .protocols
            .into_iter()
            .map(|protocol| (protocol.name, protocol.metadata))
            .collect(),
    };
    let answer = state.groups().join(join, Instant::now());
    let response = JoinGroupResponse::default();
    match answer.await.unwrap_or(Err(ResponseError::UnknownMemberId)) {
        Ok(joined) => response
            .with_generation_id(joined.generation)
            .with_protocol_name(Some(joined.protocol))
            .with_leader(joined.leader)
            .with_member_id(joined.member)
            .with_members(
                joined
                    .members
                    .into_iter()
                    .map(|(id, metadata)| {
                        JoinGroupResponseMember::default()
                            .with_member_id(id)
                            .with_metadata(metadata)
                    })
                    .collect(),
            ),
        Err(error) => response
            .with_error_code(error.code())
            .with_generation_id(-1)
            .with_protocol_name(Some(StrBytes::default()))
            .with_member_id(request.member_id),
    }
}

pub(super) async fn sync(state: &State, request: SyncGroupRequest) -> SyncGroupResponse {
    let division = request.assignments.into_iter();
    let answer = state.groups().sync(
        &request.group_id.0,
        &request.member_id,
        request.generation_id,
        division.map(|part| (part.member_id, part.assignment)).collect(),
        Instant::now(),
    );
    match answer.await.unwrap_or(Err(ResponseError::UnknownMemberId)) {
        Ok(assignment) => SyncGroupResponse::default().with_assignment(assignment),
        Err(error) => SyncGroupResponse::default().with_error_code(error.code()),
    }
}

pub(super) fn heartbeat(state: &State, request: &HeartbeatRequest) -> HeartbeatResponse {
    let heard = state.groups().heartbeat(
        &request.group_id.0,
        &request.member_id,
        request.generation_id,
        Instant::now(),
    );
    HeartbeatResponse::default().with_error_code(code(heard.err()))
}

pub(super) fn leave(state: &State, request: &LeaveGroupRequest) -> LeaveGroupResponse {
    let left = state
        .groups()
        .leave(&request.group_id.0, &request.member_id, Instant::now());
    LeaveGroupResponse::default().with_error_code(code(left.err()))
}

pub(super) fn commit(state: &State, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let may = state.groups().may_commit(
        &request.group_id.0,
        &request.member_id,
        request.generation_id_or_member_epoch,
        Instant::now(),
    );
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut next = BTreeMap::new();
        let mut refused = BTreeMap::new();
        for part in &topic.partitions {
            let (partition, offset) = (part.partition_index, part.committed_offset);
            match check(state, &request.group_id, &topic.name, partition, offset) {
                Ok(()) => drop(next.insert(partition, offset)),
                Err(error) => drop(refused.insert(partition, error)),
            }
        }
        let mut error = may.err();
        if error.is_none()
            && !next.is_empty()
            && state.disk().commit(&request.group_id, &topic.name, next).is_err()
        {
            error = Some(ResponseError::KafkaStorageError);
        }
        let partitions = topic.partitions.iter().map(|part| {
            let refused = refused.get(&part.partition_index).copied();
            OffsetCommitResponsePartition::default()
                .with_partition_index(part.partition_index)
                .with_error_code(code(error.or(refused)))
        });
        topics.push(
            OffsetCommitResponseTopic::default()
                .with_partitions(partitions.collect())
                .with_name(topic.name.clone()),
        );
    }
    OffsetCommitResponse::default().with_topics(topics)
}

/// Whether an offset is one that this group can have reached: it is what records are dropped by, and none before it is
/// given again.
fn check(state: &State, group: &str, topic: &str, partition: i32, offset: i64) -> Result<(), ResponseError> {
    let log = state.disk().log();
    let place = log
        .place(topic, partition)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    if !log.may_commit(group, place) {
        return Err(ResponseError::GroupAuthorizationFailed);
    }
    if !(0..=log.next(place)).contains(&offset) {
        return Err(ResponseError::OffsetOutOfRange);
    }
    Ok(())
}

pub(super) fn committed(state: &State, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let log = state.disk().log();
    let group = request.group_id.as_str();
    let topics = request.topics.into_iter().flatten().map(|topic| {
        let partitions = topic.partition_indexes.iter().map(|&partition| {
            let next = log.committed(group, &topic.name, partition);
            OffsetFetchResponsePartition::default()
                .with_partition_index(partition)
                .with_committed_offset(next.unwrap_or(-1))
                .with_metadata(Some(StrBytes::default()))
        });
        OffsetFetchResponseTopic::default()
            .with_partitions(partitions.collect())
            .with_name(topic.name.clone())
    });
    OffsetFetchResponse::default().with_topics(topics.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::net::{Ipv4Addr, SocketAddr};

    use kafka_protocol::messages::offset_commit_request::{
        OffsetCommitRequestPartition, OffsetCommitRequestTopic,
    };
    use kafka_protocol::messages::{GroupId, TopicName};
    use tempfile::TempDir;

    use super::*;
    use crate::disk::Disk;
    use crate::log::Log;
    use crate::{Options, Topic, batch};

    fn state(folder: &TempDir) -> State {
        let topic = |name: &str, readers: &[&str]| Topic {
            name: name.to_owned(),
            compacted: false,
            append_time: false,
            readers: readers.iter().map(|&group| group.to_owned()).collect(),
        };
        let topics = vec![topic("results", &["alerter"]), topic("letters", &[])];
        let options = Options::new(folder.path().to_owned(), topics, 1, 0);
        let (log, _) = Log::open(options).unwrap();
        State::new(Disk::new(log), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// The error that a commit is answered with.
    fn commits(state: &State, group: &str, topic: &str, offset: i64) -> i16 {
        let name = |name: &str| StrBytes::from_string(name.to_owned());
        let part = OffsetCommitRequestPartition::default().with_committed_offset(offset);
        let topic = OffsetCommitRequestTopic::default()
            .with_name(TopicName(name(topic)))
            .with_partitions(vec![part]);
        let request = OffsetCommitRequest::default()
            .with_group_id(GroupId(name(group)))
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        commit(state, request).topics[0].partitions[0].error_code
    }

    #[test]
    fn only_readers_say_what_they_have_read() {
        let folder = TempDir::new().unwrap();
        let state = state(&folder);
        let place = state.disk().log().place("results", 0).unwrap();
        let batch = batch::sample(&[("7", Some("up"))]);
        state.disk().append(place, &batch).unwrap();
        for offset in [0, 1] {
            assert_eq!(commits(&state, "alerter", "results", offset), 0);
        }
        for offset in [-1, 2, i64::MAX] {
            let beyond = ResponseError::OffsetOutOfRange.code();
            assert_eq!(commits(&state, "alerter", "results", offset), beyond);
        }
        let stranger = ResponseError::GroupAuthorizationFailed.code();
        assert_eq!(commits(&state, "stranger", "results", 1), stranger);
        assert_eq!(state.disk().log().committed("stranger", "results", 0), None);
        let refused = (0..1_000).filter(|number| {
            let group = format!("replay-{number}");
            commits(&state, &group, "letters", 0) == stranger
        });
        assert_eq!(refused.count(), 744);
        assert_eq!(commits(&state, "replay-7", "letters", 0), 0);
    }
}
