//! What keeps a name from being resolved, in plain words.

use std::net::{Ipv4Addr, UdpSocket};

use domain::ErrorCode;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;

use crate::error::{ProbeError, io_reason, is_local};
use crate::zone::Zone;

/// What keeps a name from being resolved. Where several do, the greatest says most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LookupProblem {
    /// It has no records of the wanted type.
    NoRecords,
    /// No name server answered in time.
    Timeout,
    /// Another fault of the name server or of the way to it.
    Failed(String),
    /// The name server says that it cannot answer.
    Code(String),
    /// This machine could not ask.
    Local(String),
    /// It does not exist.
    NoName,
}

impl LookupProblem {
    /// Whether it is the answer that there is nothing.
    pub(super) fn is_negative(&self) -> bool {
        matches!(self, Self::NoRecords | Self::NoName)
    }

    /// What is behind an error of the library, which does not say that this machine has no sockets left.
    pub(super) fn of(error: &NetError) -> Self {
        if matches!(error, NetError::NoConnections)
            && let Err(error) = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
            && is_local(&error)
        {
            return Self::Local(io_reason(&error));
        }
        Self::from(error)
    }

    /// As [`LookupProblem::into_error`], of a look-up by the system's name servers, which may be at fault themselves.
    pub(crate) fn into_system_error(self, name: &str, what: &str) -> ProbeError {
        let is_answer = self.is_negative();
        match self.into_error(name, what) {
            ProbeError::Target(failure) if !is_answer => ProbeError::Unresolved(failure, Zone::of(name)),
            error => error,
        }
    }

    /// The failure of a check that looked for `what`, such as "IPv4 address".
    pub(crate) fn into_error(self, name: &str, what: &str) -> ProbeError {
        match self {
            Self::NoRecords => no_records(name, what),
            Self::NoName => ProbeError::target(
                ErrorCode::DnsFailure,
                format!("DNS lookup failed: {name} does not exist"),
            ),
            Self::Timeout => {
                ProbeError::target(ErrorCode::DnsTimeout, format!("DNS lookup of {name} timed out"))
            }
            Self::Failed(why) | Self::Code(why) => ProbeError::target(
                ErrorCode::DnsFailure,
                format!("DNS lookup of {name} failed: {why}"),
            ),
            Self::Local(why) => ProbeError::Local(format!("DNS lookup of {name}: {why}")),
        }
    }
}

fn no_records(name: &str, what: &str) -> ProbeError {
    ProbeError::target(
        ErrorCode::DnsFailure,
        format!("DNS lookup failed: {name} has no {what}"),
    )
}

/// The failure of a host that has no address of the wanted family.
pub(crate) fn no_address(what: &str) -> ProbeError {
    ProbeError::target(ErrorCode::DnsFailure, format!("Host has no {what}"))
}

impl From<&NetError> for LookupProblem {
    fn from(error: &NetError) -> Self {
        if error.is_nx_domain() {
            return Self::NoName;
        }
        if error.is_no_records_found() {
            return Self::NoRecords;
        }
        match error {
            NetError::Timeout => Self::Timeout,
            NetError::Busy => Self::Local("too many queries to the name server".to_owned()),
            NetError::Io(error) if is_local(error) => Self::Local(io_reason(error)),
            NetError::Io(error) => {
                Self::Failed(format!("no answer from the name server ({})", io_reason(error)))
            }
            NetError::NoConnections => Self::Failed("no name server can be reached".to_owned()),
            NetError::Dns(DnsError::ResponseCode(code)) => Self::Code(meaning(*code)),
            // What else there is are answers that break the protocol.
            _ => Self::Failed("the answer of the name server is not valid".to_owned()),
        }
    }
}

/// What a name server says by an error code.
pub(super) fn meaning(code: ResponseCode) -> String {
    let meaning = match code {
        ResponseCode::ServFail => "the name server cannot answer (SERVFAIL)",
        ResponseCode::Refused => "the name server refuses to answer (REFUSED)",
        ResponseCode::FormErr => "the name server does not understand the query (FORMERR)",
        ResponseCode::NotImp => "the name server does not support the query (NOTIMP)",
        ResponseCode::NotAuth => "the name server is not responsible for the name (NOTAUTH)",
        other => return format!("the name server answers with error {}", u16::from(other)),
    };
    meaning.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hickory_resolver::net::NoRecords;
    use hickory_resolver::proto::ProtoError;
    use hickory_resolver::proto::op::Query;
    use hickory_resolver::proto::rr::{DNSClass, Name, RecordType};
    use testkit::assert_plain;

    use super::*;
    use crate::error::Failure;

    fn failure(error: &NetError) -> Failure {
        match LookupProblem::from(error).into_error("a.example", "address") {
            ProbeError::Target(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_error_of_the_library_is_told_in_plain_words() {
        let io = |kind: std::io::ErrorKind| NetError::Io(Arc::new(kind.into()));
        let code = |code| NetError::Dns(DnsError::ResponseCode(code));
        let none = |code| NetError::from(NoRecords::new(Query::new(), code));
        let foreign = NetError::ForeignClassRecord {
            record_name: Name::root(),
            record_class: DNSClass::CH,
            record_type: RecordType::A,
        };
        for (error, part) in [
            (none(ResponseCode::NXDomain), "a.example does not exist"),
            (none(ResponseCode::NoError), "a.example has no address"),
            (NetError::Timeout, "lookup of a.example timed out"),
            (NetError::NoConnections, "no name server can be reached"),
            (code(ResponseCode::ServFail), "cannot answer (SERVFAIL)"),
            (code(ResponseCode::Refused), "refuses to answer (REFUSED)"),
            (code(ResponseCode::FormErr), "(FORMERR)"),
            (code(ResponseCode::NotImp), "(NOTIMP)"),
            (code(ResponseCode::NotAuth), "(NOTAUTH)"),
            (code(ResponseCode::BADVERS), "error 16"),
            (code(ResponseCode::Unknown(3_000)), "error 3000"),
            (NetError::Dns(DnsError::DnssecBogus), "is not valid"),
            (io(std::io::ErrorKind::ConnectionRefused), "(connection refused)"),
            (io(std::io::ErrorKind::Other), "no answer from the name server"),
            (NetError::Message("x"), "is not valid"),
            (NetError::Msg("Label(Some([1]))".to_owned()), "is not valid"),
            (NetError::Truncated, "is not valid"),
            (NetError::QueryCaseMismatch, "is not valid"),
            (NetError::Proto(ProtoError::from("x")), "is not valid"),
            (foreign, "is not valid"),
        ] {
            let failure = failure(&error);
            assert!(failure.message.contains(part), "{error:?}: {failure:?}");
            assert_plain(&failure.message);
        }
        assert_eq!(failure(&NetError::Timeout).code, ErrorCode::DnsTimeout);
    }

    #[test]
    fn what_the_systems_name_servers_do_not_answer_is_not_yet_the_targets_fault() {
        let servfail = NetError::Dns(DnsError::ResponseCode(ResponseCode::ServFail));
        for error in [NetError::Timeout, NetError::NoConnections, servfail] {
            let error = LookupProblem::from(&error).into_system_error("a.example", "address");
            let ProbeError::Unresolved(failure, zone) = error else {
                panic!("{error:?}")
            };
            assert_plain(&failure.message);
            assert_eq!(zone, Zone::of("www.a.example"));
        }
        let gone = LookupProblem::NoName.into_system_error("a.example", "address");
        assert!(matches!(gone, ProbeError::Target(_)), "{gone:?}");
    }

    #[test]
    fn what_this_machine_lacks_is_not_the_name_servers_fault() {
        let lacking: std::io::Error = rustix::io::Errno::MFILE.into();
        for error in [NetError::Busy, NetError::Io(Arc::new(lacking))] {
            let problem = LookupProblem::from(&error);
            assert!(matches!(
                problem.into_error("a.example", "address"),
                ProbeError::Local(_)
            ));
        }
    }
}
