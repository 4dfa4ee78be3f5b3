//! Apache Kafka: one node in KRaft mode.

use rustix::process::Signal;
use shared::kafka::KafkaSettings;

use super::process::{Folder, Process, replies, run};
use crate::{Proxy, skipped, variable};

/// A request of ApiVersions, which is answered as soon as the broker takes requests.
const ASK: &[u8] = b"\0\0\0\x0a\0\x12\0\0\0\0\0\x07\xff\xff";

/// An Apache Kafka of the test's own, with the topics.
#[derive(Debug)]
pub struct OwnKafka {
    process: Process,
    settings: KafkaSettings,
    port: u16,
    /// Where its jars are.
    libs: String,
}

impl OwnKafka {
    /// Starts one whose topics have this many partitions. Without `TEST_KAFKA_LIBS`, the folder of its jars,
    /// there is none: the test counts as skipped and should return.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start(test: &str, partitions: i32) -> Option<Self> {
        Self::start_with(test, partitions, None).await
    }

    /// The same with a second listener behind a line, and how to reach it there. Whoever begins at the line is
    /// told of no other way.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start_behind_line(test: &str, partitions: i32) -> Option<(Self, Proxy, KafkaSettings)> {
        let inner = crate::free_port();
        let line = Proxy::to(&format!("127.0.0.1:{inner}")).await;
        let own = Self::start_with(test, partitions, Some((inner, line.address().port()))).await?;
        let settings = own.settings.clone().with_brokers(&line.address().to_string());
        Some((own, line, settings))
    }

    async fn start_with(test: &str, partitions: i32, line: Option<(u16, u16)>) -> Option<Self> {
        let Some(libs) = variable("TEST_KAFKA_LIBS") else {
            skipped(test, "TEST_KAFKA_LIBS is not set");
            return None;
        };
        let folder = Folder::new("kafka");
        let (port, controller) = (crate::free_port(), crate::free_port());
        let properties = folder.path().join("server.properties");
        std::fs::write(properties, self::properties(port, controller, line)).expect("a file can be written");
        format(&libs, &folder, "MkU3OEVBNTcwNTJENDM2Qk");
        let mut command = java(&libs, "kafka.Kafka");
        command.push("server.properties".to_owned());
        let settings = KafkaSettings::new(&format!("127.0.0.1:{port}"), "", partitions);
        let mut own = Self {
            process: Process::new(folder, command, Signal::KILL),
            settings,
            port,
            libs,
        };
        own.restart().await;
        own.make_topics().await;
        Some(own)
    }

    async fn make_topics(&self) {
        let made = shared::kafka::create_topics(&self.settings).await;
        made.expect("the topics can be made");
    }

    /// Loses everything: at its address there is another cluster, with empty topics and without offsets.
    ///
    /// # Panics
    /// When that does not start.
    pub async fn lose(&mut self) {
        self.kill().await;
        let folder = self.process.folder();
        std::fs::remove_dir_all(folder.path().join("data")).expect("it has data");
        format(&self.libs, folder, "TkU3OEVBNTcwNTJENDM2Qg");
        self.restart().await;
        self.make_topics().await;
    }

    /// How to reach it.
    pub fn settings(&self) -> &KafkaSettings {
        &self.settings
    }

    /// Ends it as a crash would.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Starts it again after [`Self::kill`], and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub async fn restart(&mut self) {
        self.process.start();
        let port = self.port;
        self.process
            .answers(|| replies(port, ASK, 4, &[0, 0, 0, 7]))
            .await;
    }

    /// Lets it hang: connections stay, and nothing is answered.
    pub fn pause(&self) {
        self.process.signal_all(Signal::STOP);
    }

    /// Lets it go on after [`Self::pause`].
    pub fn resume(&self) {
        self.process.signal_all(Signal::CONT);
    }
}

/// Makes the folder that of a new cluster.
fn format(libs: &str, folder: &Folder, cluster: &str) {
    let mut command = java(libs, "kafka.tools.StorageTool");
    let cluster = format!("--cluster-id={cluster}");
    let options = ["format", &cluster, "-c", "server.properties"];
    command.extend(options.map(str::to_owned));
    run(&command, folder.path());
}

fn java(libs: &str, class: &str) -> Vec<String> {
    let program = variable("TEST_JAVA").unwrap_or_else(|| "java".to_owned());
    let logging = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/kafka/log4j2.properties");
    let mut command = Vec::from([program]);
    // The flags favour a quick start.
    let flags = [
        "-Xms64m",
        "-Xmx384m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Djava.awt.headless=true",
    ];
    command.extend(flags.map(str::to_owned));
    command.push(format!("-Dlog4j2.configurationFile={logging}"));
    command.extend(["-cp".to_owned(), format!("{libs}/*"), class.to_owned()]);
    command
}

/// `line` is the port of a second listener, and the port at which its clients find it.
fn properties(port: u16, controller: u16, line: Option<(u16, u16)>) -> String {
    let (listener, advertised) = line.map_or_else(Default::default, |(inner, outer)| {
        let at = |port| format!(",LINE://127.0.0.1:{port}");
        (at(inner), at(outer))
    });
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{listener}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{advertised}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LINE:PLAINTEXT
log.dirs=./data
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"
    )
}
