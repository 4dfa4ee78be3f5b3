//! Replies as a host may forge them, in a network namespace in which the kernel itself does not answer.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::Command;
use std::time::Duration;

use domain::monitor::MonitorInput;
use futures_util::future::join_all;
use http::HeaderValue;
use serde_json::json;
use shared::guard::{TargetGuard, Targets};
use socket2::{Domain, Protocol, Socket, Type};
use testkit::{Answer, NameServer};

use super::*;
use crate::target::test_resolver;

/// Set in the namespace.
const INSIDE: &str = "TEST_INSIDE_NAMESPACE";

/// What opens the namespace, and then becomes the command that follows.
const OPEN: &str =
    "ip link set lo up && echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all && exec \"$0\" \"$@\"";

#[test]
#[expect(clippy::disallowed_methods, reason = "a test starts itself in a namespace")]
fn only_what_the_host_replies_to_a_ping_counts() {
    if std::env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(each_kind_of_reply());
    }
    let in_namespace = |command: &[&str]| {
        Command::new("unshare")
            .args(["--map-root-user", "--net", "sh", "-c", OPEN])
            .args(command)
            .env(INSIDE, "1")
            .output()
    };
    let test = "probe::icmp::replies::only_what_the_host_replies_to_a_ping_counts";
    if !in_namespace(&["true"]).is_ok_and(|opened| opened.status.success()) {
        return testkit::skipped(test, "no network namespace can be opened");
    }
    let this = std::env::current_exe().unwrap();
    let run = in_namespace(&[this.to_str().unwrap(), test, "--exact", "--nocapture"]).unwrap();
    assert!(run.status.success(), "{run:#?}");
}

async fn each_kind_of_reply() {
    use Forged::*;
    // With a raw socket, then with an unprivileged one, for which the kernel sorts the replies.
    for is_raw in [true, false] {
        if !is_raw {
            std::fs::write("/proc/sys/net/ipv4/ping_group_range", "0 0").unwrap();
        }
        let unreachable = if is_raw {
            ErrorCode::HostUnreachable
        } else {
            ErrorCode::IcmpTimeout
        };
        let cases = [
            (Nothing, Err(ErrorCode::IcmpTimeout)),
            (Reply, Ok(())),
            // Of four pings, two are answered, and their answers come twice.
            (HalfOfThemTwice, Err(ErrorCode::IcmpLoss)),
            (ByNeighbour, Err(ErrorCode::IcmpTimeout)),
            (OtherSequence, Err(ErrorCode::IcmpTimeout)),
            (OtherIdentifier, Err(ErrorCode::IcmpTimeout)),
            (CutOff, Err(ErrorCode::IcmpTimeout)),
            (Unreachable, Err(unreachable)),
            // Whoever complains of a ping that was never sent is not believed.
            (UnreachableOther, Err(ErrorCode::IcmpTimeout)),
            (TimeExceeded, Err(ErrorCode::IcmpTimeout)),
        ];
        let judged = (1_u8..)
            .zip(&cases)
            .map(|(host, &(forged, expected))| async move {
                let code = ping(host, forged).await.map_err(|error| match error {
                    ProbeError::Target(failure) => failure.code,
                    other => panic!("{forged:?}: {other:?}"),
                });
                assert_eq!(code, expected, "{forged:?}, raw: {is_raw}");
            });
        join_all(judged).await;
    }
}

/// How a ping is answered.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Forged {
    Nothing,
    Reply,
    HalfOfThemTwice,
    ByNeighbour,
    OtherSequence,
    OtherIdentifier,
    CutOff,
    Unreachable,
    UnreachableOther,
    TimeExceeded,
}

/// Pings a host four times while somebody answers like this.
async fn ping(host: u8, forged: Forged) -> Result<(), ProbeError> {
    let (address, next_door) = (Ipv4Addr::new(127, 0, 1, host), Ipv4Addr::new(127, 0, 2, host));
    let raw = |address: Ipv4Addr| {
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4)).unwrap();
        socket.bind(&SocketAddrV4::new(address, 0).into()).unwrap();
        socket
    };
    let (host, neighbour) = (raw(address), raw(next_door));
    host.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let answering = std::thread::spawn(move || {
        let mut packet = [0; 1_500];
        while let Err(std::sync::mpsc::TryRecvError::Empty) = stopped.try_recv() {
            let Ok(read) = (&host).read(&mut packet) else {
                continue;
            };
            let from = if forged == Forged::ByNeighbour {
                &neighbour
            } else {
                &host
            };
            for answer in answers(forged, &packet[..read]) {
                from.send_to(&answer, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0).into())
                    .unwrap();
            }
        }
    });

    let names = NameServer::start(|_| Answer::Silence).await;
    let guard = TargetGuard::new(Targets::Any, Vec::new(), Vec::new());
    let resolver = test_resolver(&names, "");
    let network = Network::new(resolver, guard, HeaderValue::from_static("test"));
    let input: MonitorInput = serde_json::from_value(json!({
        "kind": "icmp", "url": format!("icmp://{address}"), "icmp": {"packets": 4, "max_loss_percent": 25}
    }))
    .unwrap();
    let (_, spec) = input.validate().unwrap();
    let domain::monitor::Probe::Icmp(icmp) = spec.probe else {
        panic!("a ping")
    };
    let target = IcmpTarget::compile(icmp).unwrap();
    let judged = probe(&network, &target, &mut Trace::new(1_500)).await;
    drop(stop);
    answering.join().unwrap();
    judged
}

/// What is sent back when this IPv4 packet arrives.
fn answers(forged: Forged, packet: &[u8]) -> Vec<Vec<u8>> {
    let header = usize::from(packet[0] & 0x0f) * 4;
    let request = &packet[header..];
    if request[0] != 8 {
        return Vec::new();
    }
    let reply = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut reply = request.to_vec();
        reply[0] = 0;
        change(&mut reply);
        checked(reply)
    };
    // A router quotes the packet that it complains of.
    let complaint = |kind: u8, change: &dyn Fn(&mut Vec<u8>)| {
        let mut quoted = packet[..header + 8].to_vec();
        change(&mut quoted);
        let mut complaint = vec![kind, 1, 0, 0, 0, 0, 0, 0];
        complaint.extend(quoted);
        checked(complaint)
    };
    let sequence = u16::from_be_bytes([request[6], request[7]]);
    match forged {
        Forged::Nothing => Vec::new(),
        Forged::Reply | Forged::ByNeighbour => vec![reply(&|_| {})],
        Forged::HalfOfThemTwice if sequence.is_multiple_of(2) => vec![reply(&|_| {}), reply(&|_| {})],
        Forged::HalfOfThemTwice => Vec::new(),
        Forged::OtherSequence => vec![reply(&|reply| reply[6] ^= 0x80)],
        Forged::OtherIdentifier => vec![reply(&|reply| reply[4] ^= 0x80)],
        Forged::CutOff => vec![reply(&|reply| reply.truncate(6))],
        Forged::Unreachable => vec![complaint(3, &|_| {})],
        Forged::UnreachableOther => vec![complaint(3, &|quoted| quoted[header + 4] ^= 0x80)],
        Forged::TimeExceeded => vec![complaint(11, &|_| {})],
    }
}

/// With the checksum of RFC 1071.
fn checked(mut message: Vec<u8>) -> Vec<u8> {
    message[2..4].fill(0);
    let sum: u32 = message
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)])))
        .sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    message[2..4].copy_from_slice(&(!(folded as u16)).to_be_bytes());
    message
}
