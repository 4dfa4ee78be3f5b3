//! JSONPath queries whose work is proportional to the body; others are refused.
//!
//! RFC 9535 keeps duplicates, so that unions and repeated descents multiply: `$[0,0][0,0]` and `$..*..*`
//! select more nodes with each segment. Here a query selects each node at most once, and its filters do a
//! bounded amount of work for each node. The text is looked at before it is parsed, because filters within
//! filters also take exponential time to parse.

use serde_json_path::JsonPath;

const MAX_BYTES: usize = 512;

/// Segments, those in filters included.
const MAX_SEGMENTS: usize = 16;

/// Tests in all filters of a query together.
const MAX_TESTS: usize = 4;

/// Brackets and parentheses within each other.
const MAX_DEPTH: usize = 8;

/// Why a JSONPath query is refused; the message continues the name of a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonPathError {
    /// It is empty or too long.
    #[error("must have 1 to {MAX_BYTES} bytes")]
    Length,
    /// It has too many segments.
    #[error("must have at most {MAX_SEGMENTS} segments, those in filters included")]
    Segments,
    /// Brackets or parentheses are nested too deeply.
    #[error("must have at most {MAX_DEPTH} brackets and parentheses within each other")]
    Depth,
    /// A bracket has several selectors.
    #[error("must have one selector in each pair of brackets")]
    Union,
    /// It descends several times.
    #[error("must have at most one `..`")]
    Descents,
    /// Its filters have too many tests.
    #[error("must have at most {MAX_TESTS} tests in its filters")]
    Tests,
    /// A filter does more than to look for members and to compare them with literals.
    #[error(
        "must have filters that only look for members of `@` and compare them with literals, without \
         functions, `$`, `..`, `*`, slices and further filters"
    )]
    Filter,
    /// It does not follow the grammar.
    #[error("is not a JSONPath query: {0}")]
    Syntax(String),
}

/// Parses a JSONPath query whose work is proportional to the body.
///
/// # Errors
/// When it is not valid, or could take more work.
pub fn parse_json_path(path: &str) -> Result<JsonPath, JsonPathError> {
    if path.is_empty() || path.len() > MAX_BYTES {
        return Err(JsonPathError::Length);
    }
    Scan::default().run(path)?;
    JsonPath::parse(path).map_err(|error| JsonPathError::Syntax(error.to_string()))
}

/// What has been seen of a query. What is not valid is left to the parser.
#[derive(Default)]
struct Scan {
    segments: usize,
    descents: usize,
    tests: usize,
    depth: usize,
    /// The depth of the brackets that the current filter stands in.
    filter: Option<usize>,
    /// Whether the current test of the filter has its query.
    has_query: bool,
}

impl Scan {
    fn run(mut self, path: &str) -> Result<(), JsonPathError> {
        let mut bytes = path.bytes().peekable();
        let mut previous = b' ';
        while let Some(byte) = bytes.next() {
            let next = bytes.peek().copied();
            match byte {
                b'\'' | b'"' => skip_string(&mut bytes, byte),
                b'.' if next == Some(b'.') => {
                    bytes.next();
                    self.descend()?;
                    // What follows belongs to the same segment.
                    if bytes.next_if_eq(&b'[').is_some() {
                        self.open()?;
                    }
                }
                b'.' if next.is_some_and(|next| next.is_ascii_digit()) => {}
                b'.' => self.segment()?,
                b'[' => {
                    self.segment()?;
                    self.open()?;
                }
                b'(' if previous.is_ascii_alphanumeric() || previous == b'_' => {
                    return Err(JsonPathError::Filter);
                }
                b'(' => self.open()?,
                b']' | b')' => self.close(),
                b',' => return Err(JsonPathError::Union),
                b'?' => self.begin_filter()?,
                _ if self.filter.is_some() => self.in_filter(byte, previous)?,
                _ => {}
            }
            previous = byte;
        }
        Ok(())
    }

    fn segment(&mut self) -> Result<(), JsonPathError> {
        self.segments += 1;
        within(self.segments, MAX_SEGMENTS, JsonPathError::Segments)
    }

    fn descend(&mut self) -> Result<(), JsonPathError> {
        if self.filter.is_some() {
            return Err(JsonPathError::Filter);
        }
        self.descents += 1;
        within(self.descents, 1, JsonPathError::Descents)?;
        self.segment()
    }

    fn open(&mut self) -> Result<(), JsonPathError> {
        self.depth += 1;
        within(self.depth, MAX_DEPTH, JsonPathError::Depth)
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.filter.is_some_and(|depth| self.depth < depth) {
            self.filter = None;
        }
    }

    fn begin_filter(&mut self) -> Result<(), JsonPathError> {
        if self.filter.replace(self.depth).is_some() {
            return Err(JsonPathError::Filter);
        }
        self.begin_test()
    }

    fn begin_test(&mut self) -> Result<(), JsonPathError> {
        self.tests += 1;
        self.has_query = false;
        within(self.tests, MAX_TESTS, JsonPathError::Tests)
    }

    fn in_filter(&mut self, byte: u8, previous: u8) -> Result<(), JsonPathError> {
        match byte {
            b'$' | b'*' | b':' => Err(JsonPathError::Filter),
            // Two of them could be as large as the body, and are compared for each node.
            b'@' if std::mem::replace(&mut self.has_query, true) => Err(JsonPathError::Filter),
            b'&' | b'|' if previous == byte => self.begin_test(),
            _ => Ok(()),
        }
    }
}

fn within(count: usize, max: usize, error: JsonPathError) -> Result<(), JsonPathError> {
    if count > max { Err(error) } else { Ok(()) }
}

fn skip_string(bytes: &mut impl Iterator<Item = u8>, quote: u8) {
    while let Some(byte) = bytes.next() {
        if byte == b'\\' {
            bytes.next();
        } else if byte == quote {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_proportional_to_the_body_are_accepted() {
        for path in [
            "$",
            "$.status",
            "$['a,b'][\"c]..\\\"[?,\"][-1]",
            "$.checks[*].name",
            "$..name",
            "$..*",
            "$..['a'].b[1:9:2].*",
            "$.items..[0]",
            "$[?@.a==1]",
            "$..[?@.a == 1.5e3 && (@['b'] != 'x,$*' || !@.c[0].d)].e",
            "$[?@.a][?@.b > 'x'].c",
            "$.ü.é",
            &format!("${}", ".a".repeat(16)),
            &format!("$..['a']{}", "[0]".repeat(15)),
        ] {
            assert!(
                parse_json_path(path).is_ok(),
                "{path}: {:?}",
                parse_json_path(path)
            );
        }
    }

    #[test]
    fn queries_that_multiply_are_refused() {
        for (path, error) in [
            (format!("${}", "[0,0]".repeat(80)), JsonPathError::Union),
            ("$['a' , 'b']".to_owned(), JsonPathError::Union),
            ("$..*..*..*".to_owned(), JsonPathError::Descents),
            ("$..[*]..[*]".to_owned(), JsonPathError::Descents),
            (format!("${}", ".a".repeat(17)), JsonPathError::Segments),
            (format!("$[?@{}]", "[0]".repeat(16)), JsonPathError::Segments),
            (format!("${}", "[?@]".repeat(5)), JsonPathError::Tests),
            (
                "$[?1==1||1==1||1==1||1==1||1==1]".to_owned(),
                JsonPathError::Tests,
            ),
            ("$[?@..a]".to_owned(), JsonPathError::Filter),
            ("$[?@.*]".to_owned(), JsonPathError::Filter),
            ("$[?@[1:]]".to_owned(), JsonPathError::Filter),
            ("$[?@.a==$.b]".to_owned(), JsonPathError::Filter),
            ("$[?@==@]".to_owned(), JsonPathError::Filter),
            ("$[?length(@)>1]".to_owned(), JsonPathError::Filter),
            ("$[?search(@.a, '(a|b)*')]".to_owned(), JsonPathError::Filter),
            ("$[?@[?@.a]]".to_owned(), JsonPathError::Filter),
            // To parse it would take until long after the end of the check.
            (
                format!("$[?@{}{}", "[?@".repeat(60), "]".repeat(61)),
                JsonPathError::Filter,
            ),
            (
                format!("$[?{}@{}]", "(".repeat(200), ")".repeat(200)),
                JsonPathError::Depth,
            ),
            ("$.a".repeat(200), JsonPathError::Length),
            (String::new(), JsonPathError::Length),
        ] {
            assert_eq!(parse_json_path(&path), Err(error), "{path}");
        }
        for path in ["status", "$.", "$['a", "$[?@.a==1", "$]]..a"] {
            let parsed = parse_json_path(path);
            assert!(
                matches!(parsed, Err(JsonPathError::Syntax(_))),
                "{path}: {parsed:?}"
            );
        }
    }
}
