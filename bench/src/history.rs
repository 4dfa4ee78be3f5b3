//! The processor's load: results of many monitors, stored in three ways.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use domain::record::{DEFAULT_REGION, Timings};
use domain::{CheckResult, ErrorCode, MonitorId, OrgId, Record, Rule, Timestamp};
use metrics_exporter_prometheus::PrometheusBuilder;
use processor::{Entry, Settings, Store};
use shared::kafka::{Consumer, KafkaSettings, Producer, Start};
use shared::postgres::PostgresSettings;
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_util::sync::CancellationToken;

const MINUTE: i64 = 60_000;

/// How long not to look whether all is stored: the database is under test.
const SELDOM: Duration = Duration::from_millis(50);

/// A migrated database with an organisation of `monitors`.
pub struct Database {
    /// Its URL.
    pub url: String,
    client: Client,
    /// The organisation.
    pub org: OrgId,
    monitors: i64,
}

impl Database {
    /// A new one.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn with_monitors(monitors: i64) -> Self {
        let url = testkit::database().await;
        let client = testkit::connect(&url).await;
        let org = client
            .query_one(
                "INSERT INTO organisations (name) VALUES ('Bench') RETURNING id",
                &[],
            )
            .await
            .expect("the organisation is added");
        let org = OrgId(org.get(0));
        let insert = "INSERT INTO monitors (org_id, name, spec) SELECT $1, 'm', '{}' FROM generate_series(1, $2::bigint)";
        client
            .execute(insert, &[&org.0, &monitors])
            .await
            .expect("the monitors are added");
        Self {
            url,
            client,
            org,
            monitors,
        }
    }

    /// At least `count` results: rounds of one result per monitor, one minute apart and up to now. One in a
    /// hundred fails.
    pub fn results(&self, count: i64) -> Vec<CheckResult> {
        let rounds = (count + self.monitors - 1) / self.monitors;
        let start = shared::now().as_millis() / MINUTE * MINUTE - rounds * MINUTE;
        (0..rounds)
            .flat_map(|round| (1..=self.monitors).map(move |monitor| (round, monitor)))
            .map(|(round, monitor)| self.result(monitor, start + round * MINUTE + monitor % MINUTE))
            .collect()
    }

    /// One result.
    pub fn result(&self, monitor: i64, slot: i64) -> CheckResult {
        let slot = Timestamp::from_millis(slot);
        let noise = (slot.as_millis() / MINUTE).wrapping_mul(31) + monitor.wrapping_mul(17);
        let up = noise % 100 != 0;
        CheckResult {
            monitor_id: MonitorId(monitor),
            org_id: Some(self.org),
            url: "https://www.example.org/health/of/a/service".to_owned(),
            kind: "http".to_owned(),
            timestamp: slot.plus_millis(3),
            scheduled_at: slot,
            interval_ms: Some(MINUTE as u32),
            region: DEFAULT_REGION.to_owned(),
            revision: Some(1),
            revised_at: None,
            probe_revision: None,
            rule: Rule::default(),
            up,
            status_code: Some(if up { 200 } else { 503 }),
            latency_ms: Some(40 + (noise % 120) as u32),
            attempts: 1,
            error: (!up).then(|| "the status code is 503".to_owned()),
            error_code: (!up).then_some(ErrorCode::StatusMismatch),
            timings: Timings::default(),
            tls_expires_at: None,
            quorum: None,
            judged: None,
        }
    }

    /// The results as the store takes them.
    pub fn entries(&self, results: &[CheckResult]) -> Vec<Entry> {
        let entry = |result: &CheckResult| Entry {
            record: Record::Result(result.clone()),
            org_id: self.org,
            appended_at: result.timestamp,
        };
        results.iter().map(entry).collect()
    }

    /// The processor's tables in it.
    ///
    /// # Panics
    /// When the URL cannot be used.
    pub fn store(&self) -> Store {
        let settings = PostgresSettings::from_url(&self.url);
        Store::new(shared::postgres::pool(&settings).expect("the URL can be used"))
    }

    /// How many results there are, if there are any. To count them takes the database's time.
    pub async fn stored(&self) -> Option<i64> {
        let any = "SELECT 1 FROM check_results LIMIT 1";
        self.client.query_opt(any, &[]).await.ok().flatten()?;
        let all = "SELECT count(*) FROM check_results";
        self.client.query_one(all, &[]).await.ok().map(|row| row.get(0))
    }

    /// Waits until all of `results` are stored. Each is one look into the index, and seldom enough to take
    /// nothing from what is measured.
    async fn wait_for(&self, results: &[&CheckResult], patience: Duration) {
        let monitors: Vec<i64> = results.iter().map(|result| result.monitor_id.0).collect();
        let slots: Vec<_> = results
            .iter()
            .map(|result| result.scheduled_at.to_datetime())
            .collect();
        let missing = "SELECT FROM unnest($1::bigint[], $2::timestamptz[]) AS last (monitor_id, slot)
            WHERE NOT EXISTS (SELECT FROM check_results r WHERE r.monitor_id = last.monitor_id
                AND r.scheduled_at = last.slot) LIMIT 1";
        let missing = self
            .client
            .prepare(missing)
            .await
            .expect("the statement is valid");
        testkit::eventually("all results are stored", patience, async || {
            tokio::time::sleep(SELDOM).await;
            let missing = self.client.query_opt(&missing, &[&monitors, &slots]).await;
            missing.is_ok_and(|missing| missing.is_none()).then_some(())
        })
        .await;
    }

    /// Bytes per result, of the table and of its index.
    ///
    /// # Panics
    /// When the database is away.
    pub async fn bytes_per_result(&self) -> (f64, f64) {
        let sizes = "SELECT sum(pg_table_size(inhrelid))::float8 / (SELECT count(*) FROM check_results),
                sum(pg_indexes_size(inhrelid))::float8 / (SELECT count(*) FROM check_results)
            FROM pg_inherits WHERE inhparent = 'check_results'::regclass";
        let row = self
            .client
            .query_one(sizes, &[])
            .await
            .expect("the sizes are told");
        (row.get(0), row.get(1))
    }

    /// Packs the indexes, as the nightly job does.
    ///
    /// # Panics
    /// When the database is away.
    pub async fn pack(&self) {
        self.client
            .batch_execute("REINDEX TABLE check_results")
            .await
            .expect("the index is packed");
    }

    /// Drops it: a dozen of them would fill a disk.
    pub async fn drop(self) {
        testkit::drop_database(&self.url).await;
    }
}

/// Rows per second of a bare COPY BINARY into the table, without states, rollups or duplicates.
///
/// # Panics
/// When the database is away.
pub async fn copy(database: &Database, batches: &[Vec<CheckResult>]) -> f64 {
    // Makes the partitions.
    let store = database.store();
    let days: BTreeMap<i64, &CheckResult> = batches.iter().flatten().map(|one| (day_of(one), one)).collect();
    for &one in days.values() {
        store
            .apply(&database.entries(std::slice::from_ref(one)))
            .await
            .expect("the partition is made");
    }
    database
        .client
        .batch_execute("TRUNCATE check_results")
        .await
        .expect("the table is emptied");
    let began = Instant::now();
    for batch in batches {
        copy_batch(&database.client, batch)
            .await
            .expect("the rows are copied");
    }
    batches.iter().map(Vec::len).sum::<usize>() as f64 / began.elapsed().as_secs_f64()
}

fn day_of(result: &CheckResult) -> i64 {
    result.scheduled_at.as_millis().div_euclid(86_400_000)
}

async fn copy_batch(client: &Client, batch: &[CheckResult]) -> Result<(), tokio_postgres::Error> {
    let types = [
        Type::INT8,
        Type::TIMESTAMPTZ,
        Type::INT4,
        Type::INT4,
        Type::INT4,
        Type::INT4,
        Type::INT2,
        Type::INT2,
        Type::INT2,
        Type::TEXT,
    ];
    let sink = client.copy_in("COPY check_results FROM STDIN BINARY").await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    for result in batch {
        let at = std::time::UNIX_EPOCH + Duration::from_millis(result.scheduled_at.as_millis() as u64);
        let latency = result.latency_ms.map(|ms| ms as i32);
        let code = result.status_code.map(|code| code as i16);
        let row: [&(dyn ToSql + Sync); 10] = [
            &result.monitor_id.0,
            &at,
            &1i32,
            &60_000i32,
            &3i32,
            &latency,
            &0i16,
            &code,
            &1i16,
            &result.region,
        ];
        writer.as_mut().write(&row).await?;
    }
    writer.finish().await?;
    Ok(())
}

/// The first `count` results on the log in the batches in which a processor reads them.
///
/// # Panics
/// When they do not come.
pub async fn batches(settings: &Settings, count: usize) -> Vec<Vec<CheckResult>> {
    let topic = settings.kafka.results_topic();
    let consumer = Consumer::subscribe(&settings.kafka, &testkit::unique(), &[&topic], Start::Earliest)
        .expect("the results can be read");
    let (mut batches, mut seen) = (Vec::new(), 0);
    while seen < count {
        let messages = consumer
            .recv_batch(settings.batch_max, Duration::from_secs(60), settings.batch_linger)
            .await
            .expect("the log can be read");
        assert!(!messages.is_empty(), "{seen} of {count} results are on the log");
        let decoded = messages.iter().filter_map(|message| message.payload.as_deref());
        let results: Vec<CheckResult> = decoded
            .filter_map(|payload| match Record::decode(payload) {
                Ok(Record::Result(result)) => Some(result),
                _ => None,
            })
            .collect();
        seen += results.len();
        batches.push(results);
    }
    consumer.close(Duration::from_secs(5)).await;
    batches
}

/// Results per second of the processor's own transaction, without Kafka, decoding and Redis.
///
/// # Panics
/// When the database is away.
pub async fn transactions(database: &Database, batches: &[Vec<CheckResult>]) -> f64 {
    let store = database.store();
    let batches: Vec<Vec<Entry>> = batches.iter().map(|batch| database.entries(batch)).collect();
    let began = Instant::now();
    for batch in &batches {
        store.apply(batch).await.expect("the batch is stored");
    }
    batches.iter().map(Vec::len).sum::<usize>() as f64 / began.elapsed().as_secs_f64()
}

/// A processor that runs beside the benchmark.
pub struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Starts one.
    ///
    /// # Panics
    /// When it cannot be built.
    pub async fn start(settings: Settings) -> Self {
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let service = processor::build(settings, metrics)
            .await
            .expect("the processor is built");
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        let task = tokio::spawn(async move { service.run(stopping).await.expect("the processor runs") });
        Self { stop, task }
    }

    /// Stops it.
    ///
    /// # Panics
    /// When it has failed.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("the processor has not failed");
    }
}

/// Puts results on the log, and answers with the last of each partition.
///
/// # Panics
/// When the broker does not take them.
pub async fn produce<'a>(kafka: &KafkaSettings, results: &'a [CheckResult]) -> Vec<&'a CheckResult> {
    let mut last = BTreeMap::new();
    let producer = Producer::new(kafka, Duration::from_secs(60)).expect("the producer is made");
    let topic = kafka.results_topic();
    for part in results.chunks(10_000) {
        let sent = part.iter().map(|result| {
            let payload = Record::Result(result.clone()).encode();
            producer.send(&topic, &result.monitor_id.to_string(), &payload)
        });
        let acks: Vec<_> = sent.collect();
        for (ack, result) in acks.into_iter().zip(part) {
            let position = ack.expect("there is room").await.expect("the broker has it");
            last.insert(position.partition, result);
        }
    }
    last.into_values().collect()
}

/// Results per second from the log to the last committed row, by a processor that finds them waiting. The
/// clock starts with the first rows, so that joining the group does not count.
///
/// # Panics
/// When it takes longer than ten minutes.
pub async fn through_kafka(database: &Database, settings: &Settings, results: &[CheckResult]) -> f64 {
    let last = produce(&settings.kafka, results).await;
    let running = Running::start(settings.clone()).await;
    let patience = Duration::from_secs(600);
    let first = testkit::eventually("the first results are stored", patience, || database.stored()).await;
    let began = Instant::now();
    // Each partition is stored in its order.
    database.wait_for(&last, patience).await;
    let seconds = began.elapsed().as_secs_f64();
    running.stop().await;
    (results.len() as i64 - first) as f64 / seconds
}
