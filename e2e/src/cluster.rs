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
    _single: [Process; 2],
    base: String,
}

impl Cluster {
    /// Starts `count` of each pinger, processor and alerter on a database, a prefix and topics of their own.
    pub async fn start(kafka: &KafkaSettings, count: usize) -> Self {
        let (user_service, gateway) = (
            format!("127.0.0.1:{}", free_port()),
            format!("127.0.0.1:{}", free_port()),
        );
        let mut variables = secrets();
        variables.extend([
            ("DATABASE_URL", testkit::database().await),
            ("REDIS_URL", testkit::redis_url()),
            ("REDIS_PREFIX", format!("{}:", testkit::unique())),
            ("KAFKA_BROKERS", kafka.brokers().to_owned()),
            ("KAFKA_PREFIX", kafka.named("")),
            ("KAFKA_PARTITIONS", kafka.partitions().to_string()),
            ("PROBE_TARGETS", "any".to_owned()),
            ("OPS_ADDR", "127.0.0.1:0".to_owned()),
            ("USER_SERVICE_URL", format!("http://{user_service}")),
        ]);
        let single = [
            start("user-service", &variables, user_service),
            start("gateway", &variables, gateway.clone()),
        ];
        let mut cluster = Self {
            variables,
            replicas: REPLICATED.map(|name| (name, Vec::new())).into(),
            _single: single,
            base: format!("http://{gateway}"),
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

    /// Ends the oldest pinger, processor and alerter as a power cut would.
    pub async fn kill_one_of_each(&mut self) {
        for (_, processes) in &mut self.replicas {
            processes.remove(0).sigkill().await;
        }
    }

    /// Starts one more pinger, processor and alerter.
    pub fn start_one_of_each(&mut self) {
        for (name, processes) in &mut self.replicas {
            processes.push(start(name, &self.variables, "127.0.0.1:0".to_owned()));
        }
    }
}

fn start(name: &str, variables: &[(&'static str, String)], address: String) -> Process {
    let mut variables = variables.to_vec();
    variables.push(("HTTP_ADDR", address));
    Process::start(name, &variables)
}
