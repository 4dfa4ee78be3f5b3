//! The product as a company runs it: each service a process of its own, on Apache Kafka.

use shared::kafka::KafkaSettings;
use testkit::free_port;

use crate::process::Process;
use crate::{Api, secrets};

/// The services of which there are several.
const REPLICATED: [&str; 3] = ["pinger", "processor", "alerter"];

/// Every service as processes: one user-service, one gateway, and several of the others.
#[derive(Debug)]
pub struct Cluster {
    variables: Vec<(&'static str, String)>,
    /// By service, the oldest first.
    replicas: Vec<(&'static str, Vec<Process>)>,
    single: [Process; 2],
    base: String,
    /// Where each process that was started serves its metrics, by service.
    scraped: Vec<(&'static str, String)>,
}

impl Cluster {
    /// Starts `count` of each pinger, processor and alerter on a database, a prefix and topics of their own.
    pub async fn start(kafka: &KafkaSettings, count: usize) -> Self {
        let (user_service, gateway, ops) = (free_address(), free_address(), free_address());
        let mut variables = secrets();
        variables.extend([
            ("DATABASE_URL", testkit::database().await),
            ("REDIS_URL", testkit::redis_url()),
            ("REDIS_PREFIX", format!("{}:", testkit::unique())),
            ("KAFKA_BROKERS", kafka.brokers().to_owned()),
            ("KAFKA_PREFIX", kafka.named("")),
            ("KAFKA_PARTITIONS", kafka.partitions().to_string()),
            ("PROBE_TARGETS", "any".to_owned()),
            ("OPS_ADDR", ops.clone()),
            // Each request's own line too.
            ("LOG_LEVEL", "info,gateway=debug".to_owned()),
            // Monitors that fail together are looked for one by one.
            ("GROUP_WINDOW_MS", "0".to_owned()),
            ("USER_SERVICE_URL", format!("http://{user_service}")),
        ]);
        let scraped = vec![("gateway", ops), ("user-service", user_service.clone())];
        let single = [
            start("user-service", &variables, user_service),
            start("gateway", &variables, gateway.clone()),
        ];
        let mut cluster = Self {
            variables,
            replicas: REPLICATED.map(|name| (name, Vec::new())).into(),
            single,
            base: format!("http://{gateway}"),
            scraped,
        };
        for _ in 0..count {
            cluster.start_one_of_each();
        }
        cluster
    }

    /// The public API, when it is ready.
    pub async fn api(&self) -> Api {
        Api::when_ready(&self.base).await
    }

    /// Each service, and where a process of it serves its metrics; those that were killed are among them.
    pub fn scraped(&self) -> &[(&'static str, String)] {
        &self.scraped
    }

    /// Each running process by its service, with what it has logged.
    pub fn logs(&self) -> impl Iterator<Item = (&str, String)> {
        let replicas = self.replicas.iter().flat_map(|(_, processes)| processes);
        self.single
            .iter()
            .chain(replicas)
            .map(|process| (process.name(), process.output()))
    }

    /// Ends the oldest pinger, processor and alerter as a power cut would.
    pub async fn kill_one_of_each(&mut self) {
        for (_, processes) in &mut self.replicas {
            processes.remove(0).sigkill().await;
        }
    }

    /// Starts one more pinger, processor and alerter.
    pub fn start_one_of_each(&mut self) {
        for (name, processes) in &mut self.replicas {
            let address = free_address();
            self.scraped.push((name, address.clone()));
            processes.push(start(name, &self.variables, address));
        }
    }
}

fn free_address() -> String {
    format!("127.0.0.1:{}", free_port())
}

fn start(name: &str, variables: &[(&'static str, String)], address: String) -> Process {
    let mut variables = variables.to_vec();
    variables.push(("HTTP_ADDR", address));
    Process::start(name, &variables)
}
