//! Networks that people write. Pure.

use domain::monitor::FieldError;
use ipnet::IpNet;

/// Each network once. An address alone is a network of one.
///
/// # Errors
/// What is wrong with the field.
pub(crate) fn valid(field: &str, given: &[String], most: usize) -> Result<Vec<IpNet>, FieldError> {
    if given.len() > most {
        let message = format!("must be at most {most} networks");
        return Err(FieldError::new(field, message));
    }
    let mut networks = Vec::with_capacity(given.len());
    for text in given {
        let text = text.trim();
        let network = text
            .parse()
            .or_else(|_| text.parse().map(|address: std::net::IpAddr| address.into()));
        let network: IpNet = network.map_err(|_| {
            FieldError::new(
                field,
                format!("{text:?} is no network, such as 192.0.2.0/24 or 2001:db8::/32"),
            )
        })?;
        // Bits behind the prefix are not an error, and say nothing.
        let network = canonical(network.trunc());
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    Ok(networks)
}

/// IPv4 networks that are written as parts of IPv6 are those of IPv4: clients' addresses are compared so.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let v4 = v6.network().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, prefix)| IpNet::new(address.into(), prefix).ok())
        .unwrap_or(network)
}
