//! Calendars for programs (RFC 5545, RFC 7986).

use domain::Timestamp;

/// How long a line may be, in octets, without its end.
const MAX_LINE: usize = 75;
/// How often a program should ask for the calendar.
const REFRESH: &str = "PT1H";

/// A calendar under way. Its lines are folded and end as the standard has it.
pub struct Calendar(String);

impl Calendar {
    /// A calendar with a name, which is one line without control characters, and as yet without events.
    pub fn new(product: &str, name: &str) -> Self {
        let mut calendar = Self(String::new());
        calendar.push("BEGIN", "VCALENDAR");
        calendar.push("VERSION", "2.0");
        calendar.push("PRODID", &format!("-//Uptime Monitor//{product}//EN"));
        calendar.push("CALSCALE", "GREGORIAN");
        // The name and the interval a second time, for programs from before RFC 7986.
        for property in ["NAME", "X-WR-CALNAME"] {
            calendar.push_text(property, name);
        }
        calendar.push("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
        calendar.push("X-PUBLISHED-TTL", REFRESH);
        calendar
    }

    /// A line whose value needs no escaping.
    pub fn push(&mut self, property: &str, value: &str) {
        let mut left = MAX_LINE;
        for c in property.chars().chain([':']).chain(value.chars()) {
            if c.len_utf8() > left {
                self.0.push_str("\r\n ");
                left = MAX_LINE - 1;
            }
            self.0.push(c);
            left -= c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A line of somebody's words, which are one line without control characters.
    pub fn push_text(&mut self, property: &str, value: &str) {
        let mut escaped = String::with_capacity(value.len());
        for c in value.chars() {
            if matches!(c, '\\' | ',' | ';') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        self.push(property, &escaped);
    }

    /// A line of an instant, in UTC and to the second.
    pub fn push_instant(&mut self, property: &str, at: Timestamp) {
        let text = at.to_datetime().format("%Y%m%dT%H%M%SZ").to_string();
        self.push(property, &text);
    }

    /// The whole of it.
    pub fn end(mut self) -> String {
        self.push("END", "VCALENDAR");
        self.0
    }
}
