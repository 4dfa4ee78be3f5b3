//! A name server on the loopback interface, that keeps what it was asked and answers as it is told.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// How long an answer may be kept where nothing else is said, in seconds: a day.
const TTL: u32 = 86_400;

/// What a name server was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name in lower case, without a final dot.
    pub name: String,
    /// The number of the record type: 1 is A, 5 CNAME, 16 TXT, 28 AAAA.
    pub record_type: u16,
}

/// What a name server answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Records, by the number of their type and their data.
    Records(Vec<(u16, Vec<u8>)>),
    /// The name exists without such records.
    NoRecords,
    /// An error code: 2 is SERVFAIL, 3 NXDOMAIN, 5 REFUSED.
    Code(u8),
    /// These bytes behind the id.
    Bytes(Vec<u8>),
    /// Nothing at all.
    Silence,
}

impl Answer {
    /// A records of IPv4 addresses, AAAA records of IPv6 addresses.
    ///
    /// # Panics
    /// When one is no address.
    pub fn addresses(addresses: &[&str]) -> Self {
        let record = |address: &&str| match address.parse().expect("an address") {
            IpAddr::V4(ip) => (1, ip.octets().to_vec()),
            IpAddr::V6(ip) => (28, ip.octets().to_vec()),
        };
        Self::Records(addresses.iter().map(record).collect())
    }

    /// A TXT record of these strings.
    pub fn text(strings: &[&str]) -> Self {
        let mut data = Vec::new();
        for string in strings {
            data.push(string.len() as u8);
            data.extend(string.as_bytes());
        }
        Self::Records(vec![(16, data)])
    }
}

/// A running name server; it stops when it is dropped.
#[derive(Debug)]
pub struct NameServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Question>>>,
    task: JoinHandle<()>,
}

impl NameServer {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start(answer: impl Fn(&Question) -> Answer + Send + 'static) -> Self {
        Self::start_with(|_| TTL, answer).await
    }

    /// Starts one whose answers may be kept for so many seconds each.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start_with(
        ttl: impl Fn(&Question) -> u32 + Send + 'static,
        answer: impl Fn(&Question) -> Answer + Send + 'static,
    ) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port is free");
        let address = socket.local_addr().expect("a bound socket has an address");
        let asked = Arc::<Mutex<Vec<Question>>>::default();
        let seen = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            let mut message = [0; 1_500];
            while let Ok((read, from)) = socket.recv_from(&mut message).await {
                let Some((question, end)) = parse(&message[..read]) else {
                    continue;
                };
                seen.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(question.clone());
                if let Some(reply) = reply(&message[..end], &answer(&question), ttl(&question)) {
                    let _ = socket.send_to(&reply, from).await;
                }
            }
        });
        Self { address, asked, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked since it was last asked this.
    pub fn asked(&self) -> Vec<Question> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The question of a message, and where it ends.
fn parse(message: &[u8]) -> Option<(Question, usize)> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(message.get(at..at + length)?).to_ascii_lowercase());
        at += length;
    }
    let record_type = u16::from_be_bytes(message.get(at..at + 2)?.try_into().ok()?);
    let name = labels.join(".");
    Some((Question { name, record_type }, at + 4))
}

fn reply(question: &[u8], answer: &Answer, ttl: u32) -> Option<Vec<u8>> {
    let (code, records) = match answer {
        Answer::Records(records) => (0, records.as_slice()),
        Answer::NoRecords => (0, [].as_slice()),
        Answer::Code(code) => (*code, [].as_slice()),
        Answer::Bytes(bytes) => return Some([&question[..2], bytes].concat()),
        Answer::Silence => return None,
    };
    let is_negative = records.is_empty() && (code == 0 || code == 3);
    let mut message = question[..2].to_vec();
    message.extend([
        0x85,
        0x80 | code,
        0,
        1,
        0,
        records.len() as u8,
        0,
        u8::from(is_negative),
        0,
        0,
    ]);
    message.extend(&question[12..]);
    for (record_type, data) in records {
        message.extend([0xc0, 12]);
        message.extend(record_type.to_be_bytes());
        message.extend([0, 1]);
        message.extend(ttl.to_be_bytes());
        message.extend((data.len() as u16).to_be_bytes());
        message.extend(data);
    }
    if is_negative {
        // The SOA record of the root says how long that may be kept.
        message.extend([0, 0, 6, 0, 1]);
        message.extend(ttl.to_be_bytes());
        message.extend([0, 22, 0, 0]);
        message.extend(ttl.to_be_bytes().repeat(5));
    }
    Some(message)
}
