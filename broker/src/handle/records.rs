//! Records: taking and giving them.

use std::time::Duration;

use bytes::BytesMut;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{
    FetchRequest, FetchResponse, ListOffsetsRequest, ListOffsetsResponse, ProduceRequest, ProduceResponse,
};
use tokio::time::{Instant, timeout_at};

use super::{State, code};
use crate::batch::Invalid;
use crate::log::{AppendError, Place};

/// An answer holds no more, whatever is asked for.
const MAX_ANSWER: usize = 8 << 20;

/// Nor does it hold more of one partition, beyond the first batch.
const MAX_OF_PARTITION: usize = 1 << 20;

/// No fetch is held back for longer.
const MAX_WAIT: Duration = Duration::from_secs(30);

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;

/// Appends batches. What is compacted is acknowledged when it is on the disk: nobody may act on a state that a loss of
/// power takes back.
pub(super) async fn produce(state: &State, request: ProduceRequest) -> Option<ProduceResponse> {
    let is_acknowledged = request.acks != 0;
    let mut is_awaited = false;
    let mut responses = Vec::with_capacity(request.topic_data.len());
    for topic in request.topic_data {
        let mut partitions = Vec::with_capacity(topic.partition_data.len());
        for data in topic.partition_data {
            let place = state.disk().log().place(&topic.name, data.index);
            let response = PartitionProduceResponse::default()
                .with_index(data.index)
                .with_base_offset(-1)
                .with_log_append_time_ms(-1);
            let batch = data.records.unwrap_or_default();
            let appended = match place {
                Some(place) => state
                    .disk()
                    .append(place, &batch)
                    .map_err(|error| refusal(&error)),
                None => Err(ResponseError::UnknownTopicOrPartition),
            };
            is_awaited |= place.is_some_and(|place| state.disk().log().is_compacted(place));
            partitions.push(match appended {
                Ok(offset) => response.with_base_offset(offset),
                Err(error) => response.with_error_code(error.code()),
            });
        }
        responses.push(
            TopicProduceResponse::default()
                .with_name(topic.name)
                .with_partition_responses(partitions),
        );
    }
    if is_awaited && !state.disk().synchronised().await {
        for partition in responses
            .iter_mut()
            .flat_map(|topic| &mut topic.partition_responses)
        {
            partition.error_code = ResponseError::KafkaStorageError.code();
        }
    }
    is_acknowledged.then(|| ProduceResponse::default().with_responses(responses))
}

fn refusal(error: &AppendError) -> ResponseError {
    match error {
        AppendError::Invalid(Invalid::Compressed) => ResponseError::UnsupportedCompressionType,
        AppendError::Invalid(Invalid::Magic) => ResponseError::UnsupportedForMessageFormat,
        AppendError::Invalid(Invalid::Transaction | Invalid::Record) => ResponseError::InvalidRecord,
        AppendError::Invalid(Invalid::Length | Invalid::Checksum) => ResponseError::CorruptMessage,
        AppendError::OutOfOrder => ResponseError::OutOfOrderSequenceNumber,
        AppendError::Full | AppendError::Disk(_) => ResponseError::KafkaStorageError,
    }
}

/// Gives batches; waits for some when there are none.
pub(super) async fn fetch(state: &State, request: &FetchRequest) -> FetchResponse {
    let wait = Duration::from_millis(request.max_wait_ms.max(0) as u64).min(MAX_WAIT);
    let deadline = Instant::now() + wait;
    let mut appended = state.disk().appended();
    loop {
        appended.mark_unchanged();
        let (response, bytes, has_error) = collect(state, request);
        if has_error || bytes >= request.min_bytes.max(0) as usize {
            return response;
        }
        if !matches!(timeout_at(deadline, appended.changed()).await, Ok(Ok(()))) {
            return response;
        }
    }
}

fn collect(state: &State, request: &FetchRequest) -> (FetchResponse, usize, bool) {
    let log = state.disk().log();
    let most = (request.max_bytes.max(1) as usize).min(MAX_ANSWER);
    let (mut bytes, mut has_error) = (0, false);
    let mut responses = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for wanted in &topic.partitions {
            let data = PartitionData::default()
                .with_partition_index(wanted.partition)
                .with_aborted_transactions(None);
            let Some(place) = log.place(&topic.topic, wanted.partition) else {
                has_error = true;
                let unknown = ResponseError::UnknownTopicOrPartition;
                partitions.push(data.with_error_code(unknown.code()).with_high_watermark(-1));
                continue;
            };
            let (start, next) = (log.start(place), log.next(place));
            let mut records = BytesMut::new();
            let error = if wanted.fetch_offset < start || wanted.fetch_offset > next {
                Some(ResponseError::OffsetOutOfRange)
            } else if bytes >= most {
                None
            } else {
                let limit = (wanted.partition_max_bytes.max(0) as usize)
                    .min(MAX_OF_PARTITION)
                    .min(most - bytes);
                let read = log.read(place, wanted.fetch_offset, limit, &mut records);
                state.disk().note_read(place, read.as_ref().err());
                read.err().map(|_| {
                    records.clear();
                    ResponseError::KafkaStorageError
                })
            };
            has_error |= error.is_some();
            bytes += records.len();
            partitions.push(
                data.with_error_code(code(error))
                    .with_high_watermark(next)
                    .with_last_stable_offset(next)
                    .with_log_start_offset(start)
                    .with_records(Some(records.freeze())),
            );
        }
        responses.push(
            FetchableTopicResponse::default()
                .with_topic(topic.topic.clone())
                .with_partitions(partitions),
        );
    }
    (
        FetchResponse::default().with_responses(responses),
        bytes,
        has_error,
    )
}

/// Says where a partition begins, ends, and holds an instant.
pub(super) fn list_offsets(state: &State, request: &ListOffsetsRequest) -> ListOffsetsResponse {
    let log = state.disk().log();
    let found = |place: Option<Place>, timestamp: i64| {
        let place = place.ok_or(ResponseError::UnknownTopicOrPartition)?;
        Ok(match timestamp {
            LATEST => (log.next(place), -1),
            EARLIEST => (log.start(place), -1),
            millis => log.since(place, millis).unwrap_or((-1, -1)),
        })
    };
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|wanted| {
            let place = log.place(&topic.name, wanted.partition_index);
            let found: Result<_, ResponseError> = found(place, wanted.timestamp);
            let (offset, timestamp) = found.unwrap_or((-1, -1));
            ListOffsetsPartitionResponse::default()
                .with_partition_index(wanted.partition_index)
                .with_error_code(code(found.err()))
                .with_offset(offset)
                .with_timestamp(timestamp)
        });
        ListOffsetsTopicResponse::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions.collect())
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}
