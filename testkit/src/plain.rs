//! What messages for people look like.

use std::net::{IpAddr, SocketAddr};

/// What only programmers read.
const MARKERS: [&str; 11] = [
    "os error", "Some(", "None", "Ok(", "Err(", "{", "}", "\n", "0x", "()", "Error(",
];

/// Asserts that a message is made for people: it names no type, and has nothing of how a library prints its values.
///
/// # Panics
/// When it does.
#[track_caller]
pub fn assert_plain(message: &str) {
    for marker in MARKERS {
        assert!(!message.contains(marker), "{marker:?} in: {message}");
    }
    for word in message.split_whitespace().filter(|word| word.contains("::")) {
        let address = word.trim_matches([',', '(', ')']);
        let is_address = address.parse::<IpAddr>().is_ok() || address.parse::<SocketAddr>().is_ok();
        assert!(is_address, "{word} in: {message}");
    }
    for word in message.split(|c: char| !c.is_ascii_alphanumeric()) {
        let pairs = || word.chars().zip(word.chars().skip(1));
        // `CamelCase` is the name of a type; `IPv4`, `DNSSEC` and units are not.
        let is_unit = matches!(word, "KiB" | "MiB" | "GiB");
        let is_type = !is_unit && pairs().any(|(one, next)| one.is_lowercase() && next.is_uppercase());
        assert!(!is_type, "{word} in: {message}");
    }
    let ends_well = !message.ends_with([':', '.', ' ', ',']) && !message.trim().is_empty();
    assert!(ends_well && message == message.trim(), "{message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_library_is_told_from_words() {
        for plain in [
            "Connection refused by 192.0.2.1:80",
            "Expected text not found: \"PONG\"",
            "the name server cannot answer (SERVFAIL)",
            "a.example has no IPv4 address",
            "No route to [2001:db8::1]:443",
        ] {
            assert_plain(plain);
        }
        for debug in [
            "not valid: Other(OtherError(CaUsedAsEndEntity))",
            "Connection lost: Connection reset by peer (os error 104)",
            "no records found for Query { name: a }",
            "received fatal alert: HandshakeFailure",
            "failed: io::Error",
            "failed:",
            "",
        ] {
            assert!(
                std::panic::catch_unwind(|| assert_plain(debug)).is_err(),
                "{debug}"
            );
        }
    }
}
