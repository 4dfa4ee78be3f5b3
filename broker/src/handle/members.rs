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
        let is_known = |partition: i32| state.disk().log().place(&topic.name, partition).is_some();
        let parts = topic
            .partitions
            .iter()
            .map(|part| (part.partition_index, part.committed_offset));
        let next: BTreeMap<_, _> = parts.filter(|&(partition, _)| is_known(partition)).collect();
        let mut error = may.err();
        if error.is_none()
            && !next.is_empty()
            && state
                .disk()
                .commit(&request.group_id, &topic.name, next.clone())
                .is_err()
        {
            error = Some(ResponseError::KafkaStorageError);
        }
        let partitions = topic.partitions.iter().map(|part| {
            let unknown =
                (!next.contains_key(&part.partition_index)).then_some(ResponseError::UnknownTopicOrPartition);
            OffsetCommitResponsePartition::default()
                .with_partition_index(part.partition_index)
                .with_error_code(code(error.or(unknown)))
        });
        topics.push(
            OffsetCommitResponseTopic::default()
                .with_partitions(partitions.collect())
                .with_name(topic.name.clone()),
        );
    }
    OffsetCommitResponse::default().with_topics(topics)
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
