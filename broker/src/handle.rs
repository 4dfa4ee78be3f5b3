//! What a request is answered.

mod members;
mod records;

use std::cell::{RefCell, RefMut};
use std::net::SocketAddr;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsResponse, BrokerId, FindCoordinatorResponse, InitProducerIdRequest,
    InitProducerIdResponse, MetadataRequest, MetadataResponse, ProducerId, RequestKind, ResponseKind,
    TopicName,
};
use kafka_protocol::protocol::StrBytes;

use crate::disk::Disk;
use crate::group::Groups;

/// The only node.
const NODE: BrokerId = BrokerId(1);

/// What is spoken: requests and their oldest and newest version. The newest are those before a feature that one node
/// for one process has no use for (flexible versions, fetch sessions, static members).
const SPOKEN: [(ApiKey, i16, i16); 13] = [
    (ApiKey::Produce, 3, 7),
    (ApiKey::Fetch, 4, 6),
    (ApiKey::ListOffsets, 1, 3),
    (ApiKey::Metadata, 1, 7),
    (ApiKey::OffsetCommit, 2, 6),
    (ApiKey::OffsetFetch, 1, 5),
    (ApiKey::FindCoordinator, 0, 2),
    (ApiKey::JoinGroup, 0, 3),
    (ApiKey::Heartbeat, 0, 2),
    (ApiKey::LeaveGroup, 0, 2),
    (ApiKey::SyncGroup, 0, 2),
    (ApiKey::ApiVersions, 0, 2),
    (ApiKey::InitProducerId, 0, 1),
];

/// What all connections share.
#[derive(Debug)]
pub(crate) struct State {
    disk: Disk,
    groups: RefCell<Groups>,
    address: SocketAddr,
}

impl State {
    pub(crate) fn new(disk: Disk, address: SocketAddr) -> Self {
        Self {
            disk,
            groups: RefCell::default(),
            address,
        }
    }

    pub(crate) fn disk(&self) -> &Disk {
        &self.disk
    }

    pub(crate) fn groups(&self) -> RefMut<'_, Groups> {
        self.groups.borrow_mut()
    }

    fn host(&self) -> StrBytes {
        StrBytes::from_string(self.address.ip().to_string())
    }

    fn port(&self) -> i32 {
        i32::from(self.address.port())
    }
}

/// Whether a request of this version is understood.
pub(crate) fn speaks(key: ApiKey, version: i16) -> bool {
    SPOKEN
        .iter()
        .any(|&(spoken, oldest, newest)| spoken == key && (oldest..=newest).contains(&version))
}

/// The answer to a client that asks in a newer version which versions it may ask in.
pub(crate) fn unsupported_version() -> ResponseKind {
    versions(ResponseError::UnsupportedVersion.code())
}

/// Answers a request; a client may want no answer.
pub(crate) async fn handle(state: &State, client: &StrBytes, request: RequestKind) -> Option<ResponseKind> {
    let response = match request {
        RequestKind::ApiVersions(_) => versions(0),
        RequestKind::Metadata(request) => ResponseKind::Metadata(metadata(state, &request)),
        RequestKind::Produce(request) => {
            return records::produce(state, request).await.map(ResponseKind::Produce);
        }
        RequestKind::Fetch(request) => ResponseKind::Fetch(records::fetch(state, &request).await),
        RequestKind::ListOffsets(request) => {
            ResponseKind::ListOffsets(records::list_offsets(state, &request))
        }
        RequestKind::FindCoordinator(_) => ResponseKind::FindCoordinator(
            FindCoordinatorResponse::default()
                .with_node_id(NODE)
                .with_host(state.host())
                .with_port(state.port()),
        ),
        RequestKind::InitProducerId(request) => ResponseKind::InitProducerId(producer_id(&request)),
        RequestKind::JoinGroup(request) => {
            ResponseKind::JoinGroup(members::join(state, client, request).await)
        }
        RequestKind::SyncGroup(request) => ResponseKind::SyncGroup(members::sync(state, request).await),
        RequestKind::Heartbeat(request) => ResponseKind::Heartbeat(members::heartbeat(state, &request)),
        RequestKind::LeaveGroup(request) => ResponseKind::LeaveGroup(members::leave(state, &request)),
        RequestKind::OffsetCommit(request) => ResponseKind::OffsetCommit(members::commit(state, request)),
        RequestKind::OffsetFetch(request) => ResponseKind::OffsetFetch(members::committed(state, request)),
        _ => return None,
    };
    Some(response)
}

fn versions(error: i16) -> ResponseKind {
    let spoken = SPOKEN.iter().map(|&(key, oldest, newest)| {
        ApiVersion::default()
            .with_api_key(key as i16)
            .with_min_version(oldest)
            .with_max_version(newest)
    });
    ResponseKind::ApiVersions(
        ApiVersionsResponse::default()
            .with_error_code(error)
            .with_api_keys(spoken.collect()),
    )
}

fn metadata(state: &State, request: &MetadataRequest) -> MetadataResponse {
    let log = state.disk.log();
    let wanted: Vec<TopicName> = match &request.topics {
        Some(topics) => topics.iter().filter_map(|topic| topic.name.clone()).collect(),
        None => log
            .topic_names()
            .map(|name| TopicName(StrBytes::from_string(name.to_owned())))
            .collect(),
    };
    let partitions = log.partitions() as i32;
    let topics = wanted.into_iter().map(|name| {
        let is_known = log.place(&name, 0).is_some();
        let partitions = (0..if is_known { partitions } else { 0 }).map(|partition| {
            MetadataResponsePartition::default()
                .with_partition_index(partition)
                .with_leader_id(NODE)
                .with_replica_nodes(vec![NODE])
                .with_isr_nodes(vec![NODE])
        });
        let unknown = ResponseError::UnknownTopicOrPartition.code();
        MetadataResponseTopic::default()
            .with_error_code(if is_known { 0 } else { unknown })
            .with_partitions(partitions.collect())
            .with_name(Some(name))
    });
    let node = MetadataResponseBroker::default()
        .with_node_id(NODE)
        .with_host(state.host())
        .with_port(state.port());
    MetadataResponse::default()
        .with_brokers(vec![node])
        .with_cluster_id(Some(StrBytes::from_string(log.cluster().to_owned())))
        .with_controller_id(NODE)
        .with_topics(topics.collect())
}

fn producer_id(request: &InitProducerIdRequest) -> InitProducerIdResponse {
    if request.transactional_id.is_some() {
        // There are no transactions.
        return InitProducerIdResponse::default()
            .with_error_code(ResponseError::TransactionalIdAuthorizationFailed.code());
    }
    let unique: u64 = rand::random();
    InitProducerIdResponse::default().with_producer_id(ProducerId((unique >> 1) as i64))
}

fn code(error: Option<ResponseError>) -> i16 {
    error.map_or(0, |error| error.code())
}
