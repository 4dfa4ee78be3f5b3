//! Values that nobody expects.

use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

/// A value of JSON as text, perhaps not a valid one.
pub(super) fn json(dice: &mut StdRng) -> Vec<u8> {
    match dice.random_range(0..12) {
        0..=3 => choose(dice, NUMBERS).as_bytes().to_vec(),
        4..=6 => quoted(string(dice).as_bytes()),
        7 => quoted(choose(dice, ESCAPES).as_bytes()),
        // Not UTF-8, or a control character that is not escaped.
        8 => quoted(choose(
            dice,
            &[&b"\xff\xfe"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\x00", b"a\nb"],
        )),
        9 => nested(choose(dice, &[2, 16, 17, 100, 127, 128, 129, 5_000])),
        10 => array(choose(dice, &[0, 1, 21, 1_001, 20_000, 100_000])),
        _ => choose(dice, OTHERS).as_bytes().to_vec(),
    }
}

/// A text, as it is meant.
pub(super) fn string(dice: &mut StdRng) -> String {
    match dice.random_range(0..8) {
        0 => "a".repeat(choose(dice, &[1, 64, 121, 255, 2_001, 4_097, 40_000])),
        1 => "é\u{301}".repeat(choose(dice, &[1, 60, 3_000])),
        2 => (0..dice.random_range(1..20))
            .map(|_| dice.random::<char>())
            .collect(),
        3 | 4 => choose(dice, INSTANTS).to_owned(),
        _ => choose(dice, STRINGS).to_owned(),
    }
}

/// One of several.
pub(super) fn choose<T: Copy>(dice: &mut StdRng, these: &[T]) -> T {
    *one_of(dice, these)
}

/// One of several, where it is.
pub(super) fn one_of<'a, T>(dice: &mut StdRng, these: &'a [T]) -> &'a T {
    these.choose(dice).unwrap_or(&these[0])
}

fn quoted(inside: &[u8]) -> Vec<u8> {
    let escaped = inside.iter().flat_map(|&byte| match byte {
        b'"' => vec![b'\\', b'"'],
        byte => vec![byte],
    });
    std::iter::once(b'"').chain(escaped).chain([b'"']).collect()
}

fn nested(levels: usize) -> Vec<u8> {
    [b"[".repeat(levels), b"]".repeat(levels)].concat()
}

fn array(length: usize) -> Vec<u8> {
    let items = vec![&b"0"[..]; length];
    [b"[".to_vec(), items.join(&b','), b"]".to_vec()].concat()
}

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "60.0",
    "60.5",
    "6e1",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483649",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1e308",
    "1e309",
    "-1e999999999999",
    "1e-999999999999",
    "0.1e-7",
    "123456789012345678901234567890123456789012345678901234567890",
    "01",
    "+1",
    "NaN",
    "0x10",
];

/// As they stand between quotation marks.
const ESCAPES: &[&str] = &[
    "\\u0000",
    "a\\u0000b",
    "\\ud800",
    "\\udfff\\ud800",
    "a\\ud83db",
    "\\u202e\\u2066",
    "\\ufeff",
    "\\uffff",
    "\\u{1}",
    "\\x41",
    "\\",
];

const OTHERS: &[&str] = &[
    "null",
    "true",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "[\"\"]",
    "[[200, 299], [300]]",
    "[[599, 100]]",
    "{\"\": {}}",
    "{\"__proto__\": {\"a\": 1}}",
    "{\"type\": \"basic\"}",
    "{\"a\": 1, \"a\": 2}",
    "[1, 1, 1]",
    "nil",
    "",
    "/* */ 1",
    "'a'",
];

/// Texts that mean something to somebody.
const STRINGS: &[&str] = &[
    "",
    " ",
    "\u{0}",
    "a\u{0}b",
    "\u{202e}txt.exe\u{2066}",
    "\u{200b}\u{200d}\u{feff}",
    "\u{ffff}",
    "👩‍👩‍👧‍👦",
    "\r\nSet-Cookie: a=b",
    "%00",
    "%zz",
    "%",
    "_",
    "\\",
    "'; DROP TABLE monitors; --",
    "$1",
    "../../etc/passwd",
    "{{7*7}}${7*7}",
    "<script>alert(1)</script>",
    "http://",
    "http://[::1]:65536/",
    "http://127.1/",
    "http://0x7f.1:1/",
    "http://[::ffff:127.0.0.1]/",
    "http://a.example:0/",
    "http://a.example:99999/",
    "http://xn--.example/",
    "http://xn--a-ecp.example/",
    "http://ａ.example/",
    "http://a.example/\u{0}",
    "http://a.example/#",
    "http://a.example?",
    "http://user:pass@a.example/",
    "https://[fe80::1%25eth0]/",
    "javascript:alert(1)",
    "tcp://a.example",
    "tcp://a.example:1",
    "dns://a.example/",
    "//a.example",
    "$[?(@.a==1)]",
    "$..*..*..*",
    "$[?match(@, '(a*)*b')]",
    "$[9007199254740993]",
    "Europe/Berlin",
    "../Berlin",
    "24:00:00",
    "02:00:60",
    "Mon",
    "nobody@a.example",
    "\"a b\"@a.example",
    "a@\u{ad}a.example",
    "a@[127.0.0.1]",
    "whsec_====",
    "xoxb-",
    "k1:AAAA",
];

/// Instants that there are, and that there are not.
const INSTANTS: &[&str] = &[
    "2026-11-27T10:00:00Z",
    "2026-11-27T10:00:00.123456789123Z",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-12-31T23:59:60Z",
    "2026-11-27T24:00:00Z",
    "2026-11-27 10:00:00",
    "2026-11-27T10:00:00",
    "2026-11-27",
    "0000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "-262144-01-01T00:00:00Z",
    "+262143-12-31T23:59:59Z",
    "+10000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59-23:59",
    "1969-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:59",
    "4713-01-01T00:00:00 BC",
    "infinity",
    "now",
    "1764237600",
    "1764237600000",
    "-1",
];
