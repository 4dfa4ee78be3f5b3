//! The product as a company runs it: each service a process of its own, on Apache Kafka.

use shared::kafka::KafkaSettings;

use testkit::free_port;

use crate::process::Process;
use crate::{Api, secrets};

/// Every service, as one user-service, one gateway, and any number of the others.
#[derive(Debug)]
pub struct Cluster {
    variables: Vec<(&'static str, String)>,
    /// The running pingers.
    pub pingers: Vec<Process>,
    /// The running processors.
    pub processors: Vec<Process>,
    /// The running alerters.
    pub alerters: Vec<Process>,
    _user_service: Process,
    _gateway: Process,
    base: String,
}

impl Cluster {
    /// Starts `replicas` of each pinger, processor and alerter on a database, a prefix and topics of their own.
    pub async fn start(kafka: &KafkaSettings, replicas: usize) -> Self {
        let (user_service_port, gateway_port) = (free_port(), free_port());
        let alerter_port = free_port();
        let mut variables = secrets();
        variables.extend([
            ("DATABASE_URL", testkit::database().await),
            ("REDIS_URL", testkit::redis_url()),
            ("REDIS_PREFIX", format!("{}:", testkit::unique())),
            ("KAFKA_BROKERS", kafka.brokers().to_owned()),
            ("KAFKA_PREFIX", kafka.named("")),
            ("KAFKA_PARTITIONS", kafka.partitions().to_string()),
            ("PROBE_TARGETS", "any".to_owned()),
            (
                "USER_SERVICE_URL",
                format!("http://127.0.0.1:{user_service_port}"),
            ),
            ("ALERTER_URL", format!("http://127.0.0.1:{alerter_port}")),
            ("PINGER_URL", "http://127.0.0.1:1".to_owned()),
        ]);
        let start = |name: &str, address: String, more: &[(&'static str, String)]| {
            let mut variables = variables.clone();
            variables.push(("HTTP_ADDR", address));
            variables.extend_from_slice(more);
            Process::start(name, &variables)
        };
        let any = || "127.0.0.1:0".to_owned();
        let user_service = start("user-service", format!("127.0.0.1:{user_service_port}"), &[]);
        let gateway = start(
            "gateway",
            format!("127.0.0.1:{gateway_port}"),
            &[("OPS_ADDR", any())],
        );
        let pingers = (0..replicas).map(|_| start("pinger", any(), &[])).collect();
        let processors = (0..replicas).map(|_| start("processor", any(), &[])).collect();
        let alerters = (0..replicas)
            .map(|i| {
                start(
                    "alerter",
                    if i == 0 {
                        format!("127.0.0.1:{alerter_port}")
                    } else {
                        any()
                    },
                    &[],
                )
            })
            .collect();
        Self {
            variables,
            pingers,
            processors,
            alerters,
            _user_service: user_service,
            _gateway: gateway,
            base: format!("http://127.0.0.1:{gateway_port}"),
        }
    }

    /// The public API, when it is ready.
    pub async fn api(&self) -> Api {
        Api::when_ready(&self.base).await
    }

    /// The database's URL.
    pub fn database_url(&self) -> &str {
        self.variables
            .iter()
            .find(|(name, _)| *name == "DATABASE_URL")
            .map_or("", |(_, url)| url)
    }
}
