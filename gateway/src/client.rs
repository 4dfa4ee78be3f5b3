//! From where a request comes.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use shared::http::client_address::AddressPrefix;

use crate::Edge;

/// The address of whom a request is from.
pub(crate) fn client_address(edge: &Edge, request: &HttpRequest) -> IpAddr {
    let client = edge.settings.proxies.client(request);
    // Every connection has a peer.
    client.unwrap_or(Ipv4Addr::UNSPECIFIED.into())
}

/// As whose a request counts that is nobody's yet.
pub(crate) fn client_prefix(edge: &Edge, request: &HttpRequest) -> AddressPrefix {
    AddressPrefix::of(client_address(edge, request))
}
