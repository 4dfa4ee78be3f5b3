//! A place that is far away: a network of its own for one process, behind a line that can be cut or made bad.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::PATIENCE;

/// How the line is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// Nothing passes.
    Cut,
    /// What is sent there does not arrive here.
    NothingLeaves,
    /// What is sent here does not arrive there.
    NothingArrives,
    /// Of what is sent either way, 30 % is lost.
    Lossy,
    /// The way there and back takes two seconds more.
    Slow,
}

/// A network namespace, with a line to this machine. 127.0.0.1 is this machine there, too: the addresses of servers, and
/// those that Kafka tells its clients, hold in both places. It goes together with the test.
#[derive(Debug)]
pub struct FarNetwork {
    /// Does nothing but hold the namespace open.
    holder: Child,
    /// The end of the line here, and the one there: names of interfaces, and their addresses.
    here: (String, String),
    there: (String, String),
}

impl FarNetwork {
    /// Opens one.
    ///
    /// # Errors
    /// What this machine lacks for it.
    pub async fn open() -> Result<Self, String> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let (pid, count) = (std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        // Of the addresses for tests of networks (RFC 2544), four for each line.
        let first = pid.wrapping_mul(4).wrapping_add(count) % 0x8000 * 4;
        let address = |host: u32| {
            let bytes = (first + host).to_be_bytes();
            format!("198.{}.{}.{}", 18 + bytes[1], bytes[2], bytes[3])
        };
        let holder = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("setpriv does not start: {error}"))?;
        let mut network = Self {
            holder,
            here: (format!("up{pid}x{count}h"), address(1)),
            there: (format!("up{pid}x{count}t"), address(2)),
        };
        network.opened().await?;
        network.connect()?;
        Ok(network)
    }

    /// Waits until the holder has left this machine's namespace.
    async fn opened(&mut self) -> Result<(), String> {
        let ours = std::fs::read_link("/proc/self/ns/net").map_err(|error| error.to_string())?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if !matches!(self.holder.try_wait(), Ok(None)) {
                break;
            }
            if std::fs::read_link(self.namespace()).is_ok_and(|theirs| theirs != ours) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("no network namespace can be opened".to_owned())
    }

    fn connect(&self) -> Result<(), String> {
        let ((here, our_address), (there, their_address)) = (&self.here, &self.there);
        let pid = self.holder.id().to_string();
        run(&[
            "ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", &pid,
        ])?;
        run(&["ip", "addr", "add", &format!("{our_address}/30"), "dev", here])?;
        run(&["ip", "link", "set", here, "up"])?;
        run(&["sh", "-c", &lead_loopback(here)])?;
        self.run_there(&["ip", "addr", "add", &format!("{their_address}/30"), "dev", there])?;
        self.run_there(&["ip", "link", "set", there, "up"])?;
        self.run_there(&["sh", "-c", &lead_loopback(there)])?;
        // The loopback interface there is down, so that the address is free.
        self.run_there(&[
            "ip",
            "route",
            "add",
            "127.0.0.1/32",
            "via",
            our_address,
            "src",
            their_address,
        ])
    }

    /// The file by which its namespace is entered.
    pub(crate) fn namespace(&self) -> String {
        format!("/proc/{}/ns/net", self.holder.id())
    }

    fn run_there(&self, command: &[&str]) -> Result<(), String> {
        let enter = format!("--net={}", self.namespace());
        let mut entered = vec!["nsenter", enter.as_str()];
        entered.extend(command);
        run(&entered)
    }

    /// Makes the line bad.
    ///
    /// # Errors
    /// What this machine lacks for it: a line that loses some or is slow needs `tc`, and netem in the kernel.
    pub fn disturb(&self, fault: LineFault) -> Result<(), String> {
        let ((here, our_address), (there, their_address)) = (&self.here, &self.there);
        // An end that nobody has.
        let nobody = "02:00:00:00:00:99";
        match fault {
            LineFault::Cut => run(&["ip", "link", "set", here, "down"]),
            LineFault::NothingLeaves => self.run_there(&[
                "ip",
                "neigh",
                "replace",
                our_address,
                "lladdr",
                nobody,
                "dev",
                there,
                "nud",
                "permanent",
            ]),
            LineFault::NothingArrives => run(&[
                "ip",
                "neigh",
                "replace",
                their_address,
                "lladdr",
                nobody,
                "dev",
                here,
                "nud",
                "permanent",
            ]),
            LineFault::Lossy => self.shape(&["loss", "30%"]),
            LineFault::Slow => self.shape(&["delay", "1s"]),
        }
    }

    /// Makes the line good again.
    ///
    /// # Errors
    /// When this fault was not there.
    pub fn repair(&self, fault: LineFault) -> Result<(), String> {
        let ((here, our_address), (there, their_address)) = (&self.here, &self.there);
        match fault {
            LineFault::Cut => run(&["ip", "link", "set", here, "up"]),
            LineFault::NothingLeaves => self.run_there(&["ip", "neigh", "del", our_address, "dev", there]),
            LineFault::NothingArrives => run(&["ip", "neigh", "del", their_address, "dev", here]),
            LineFault::Lossy | LineFault::Slow => {
                run(&["tc", "qdisc", "del", "dev", here, "root"])?;
                self.run_there(&["tc", "qdisc", "del", "dev", there, "root"])
            }
        }
    }

    /// The same at both ends, each of which shapes what it sends.
    fn shape(&self, how: &[&str]) -> Result<(), String> {
        let add = |device: &str| -> Vec<String> {
            let command = ["tc", "qdisc", "add", "dev", device, "root", "netem"];
            command.iter().chain(how).map(|&part| part.to_owned()).collect()
        };
        let (ours, theirs) = (add(&self.here.0), add(&self.there.0));
        run(&ours.iter().map(String::as_str).collect::<Vec<_>>())?;
        self.run_there(&theirs.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

impl Drop for FarNetwork {
    fn drop(&mut self) {
        // Both ends go; an error means that there is none.
        let _ = run(&["ip", "link", "del", &self.here.0]);
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// What lets packets to and from 127.0.0.1 pass an interface.
fn lead_loopback(interface: &str) -> String {
    format!("echo 1 > /proc/sys/net/ipv4/conf/{interface}/route_localnet")
}

fn run(command: &[&str]) -> Result<(), String> {
    let (program, arguments) = command.split_first().expect("a command has a program");
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let output = output.map_err(|error| format!("{program} does not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{}: {}", command.join(" "), said.trim()))
}
