//! The product as a company runs it: each service a process of its own, on Apache Kafka.

use std::time::Duration;

use shared::kafka::KafkaSettings;
use testkit::free_port;

use crate::process::Process;
use crate::{Api, secrets};

/// How long a service may take to drain.
const DRAIN: Duration = Duration::from_secs(40);

/// The services of which there are several.
const REPLICATED: [&str; 3] = ["pinger", "processor", "alerter"];

/// Every service as processes: one user-service, one gateway, and several of the others.
#[derive(Debug)]
pub struct Cluster {
    variables: Vec<(&'static str, String)>,
    /// By service, the oldest first.
    replicas: Vec<(&'static str, Vec<Process>)>,
    /// None while it is stopped.
    user_service: Option<Process>,
    user_service_address: String,
    gateway: Process,
    gateway_address: String,
    base: String,
    /// Where each process that was started serves its metrics, by service.
    scraped: Vec<(&'static str, String)>,
}

impl Cluster {
    /// Starts `count` of each pinger, processor and alerter on a database, a prefix and topics of their own.
    pub async fn start(kafka: &KafkaSettings, count: usize) -> Self {
        Self::start_with(kafka, count, &[]).await
    }

    /// The same, with more settings.
    pub async fn start_with(
        kafka: &KafkaSettings,
        count: usize,
        settings: &[(&'static str, String)],
    ) -> Self {
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
        variables.extend_from_slice(settings);
        let scraped = vec![("gateway", ops), ("user-service", user_service.clone())];
        let mut cluster = Self {
            replicas: REPLICATED.map(|name| (name, Vec::new())).into(),
            user_service: Some(start("user-service", &variables, user_service.clone())),
            user_service_address: user_service,
            gateway: start("gateway", &variables, gateway.clone()),
            variables,
            base: format!("http://{gateway}"),
            gateway_address: gateway,
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

    /// Where the gateway is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Each service, and where a process of it serves its metrics; those that were killed are among them.
    pub fn scraped(&self) -> &[(&'static str, String)] {
        &self.scraped
    }

    /// Each running process by its service, with what it has logged.
    pub fn logs(&self) -> impl Iterator<Item = (&str, String)> {
        let replicas = self.replicas.iter().flat_map(|(_, processes)| processes);
        let single = self.user_service.iter().chain([&self.gateway]);
        single
            .chain(replicas)
            .map(|process| (process.name(), process.output()))
    }

    /// Ends the oldest pinger, processor and alerter as a power cut would.
    pub async fn kill_one_of_each(&mut self) {
        for (_, processes) in &mut self.replicas {
            processes.remove(0).sigkill().await;
        }
    }

    /// Ends the oldest process of a replicated service as a power cut would, and starts another one.
    ///
    /// # Panics
    /// When there is none.
    pub async fn crash(&mut self, name: &'static str) {
        let replicas = self.replicas.iter_mut().find(|(known, _)| *known == name);
        replicas.expect("it is replicated").1.remove(0).sigkill().await;
        self.start_one(name);
    }

    /// Ends the gateway as a power cut would, and starts one in its place.
    pub async fn crash_gateway(&mut self) {
        // Its address is free only then.
        self.gateway.kill().await;
        self.gateway = start("gateway", &self.variables, self.gateway_address.clone());
    }

    /// Starts one more pinger, processor and alerter.
    pub fn start_one_of_each(&mut self) {
        for name in REPLICATED {
            self.start_one(name);
        }
    }

    /// Ends every process of a replicated service in order, and starts one that knows nothing.
    ///
    /// # Panics
    /// When one does not drain.
    pub async fn replace(&mut self, name: &'static str) {
        self.stop(name).await;
        self.start_one(name);
    }

    /// Ends every process of a replicated service in order.
    ///
    /// # Panics
    /// When one does not drain.
    pub async fn stop(&mut self, name: &'static str) {
        for process in self.take(name) {
            assert!(process.sigterm(DRAIN).await, "it drains");
        }
    }

    fn take(&mut self, name: &str) -> Vec<Process> {
        let replicas = self.replicas.iter_mut().find(|(known, _)| *known == name);
        replicas
            .map(|(_, processes)| std::mem::take(processes))
            .unwrap_or_default()
    }

    /// Starts one more of a replicated service.
    ///
    /// # Panics
    /// When it is not replicated.
    pub fn start_one(&mut self, name: &'static str) {
        let address = free_address();
        self.scraped.push((name, address.clone()));
        let process = start(name, &self.variables, address);
        let replicas = self.replicas.iter_mut().find(|(known, _)| *known == name);
        replicas.expect("it is replicated").1.push(process);
    }

    /// What the processes were told by their environment.
    pub fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }

    /// Where the processes that are started next have the database.
    ///
    /// # Panics
    /// When there is none.
    pub fn database_url(&self) -> &str {
        let found = self.variables.iter().find(|(name, _)| *name == "DATABASE_URL");
        &found.expect("there is a database").1
    }

    /// Stops user-service and the processors, as before a restore.
    ///
    /// # Panics
    /// When they do not drain.
    pub async fn stop_writers(&mut self) {
        let processors = self.take("processor");
        for process in self.user_service.take().into_iter().chain(processors) {
            assert!(process.sigterm(DRAIN).await, "it drains");
        }
    }

    /// Has what is started from now on use another database.
    pub fn use_database(&mut self, url: String) {
        self.variables.retain(|(name, _)| *name != "DATABASE_URL");
        self.variables.push(("DATABASE_URL", url));
    }

    /// Starts user-service and a processor again.
    pub fn start_writers(&mut self) {
        let address = self.user_service_address.clone();
        self.user_service = Some(start("user-service", &self.variables, address));
        self.start_one("processor");
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
