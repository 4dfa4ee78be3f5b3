//! Schedules that are made up, from a seed.

/// Zones with shifts of all kinds, and some without.
pub(crate) const ZONES: [&str; 24] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "America/Nuuk",
    "Atlantic/Azores",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Antarctica/Troll",
    "Antarctica/Casey",
];

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`.
    pub(crate) fn number(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1).unsigned_abs()).cast_signed()
    }

    pub(crate) fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        let at = self.next() % of.len() as u64;
        of[at as usize]
    }

    /// In so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

/// `7`, `7-9`, `7/2`, `7-9/2`.
fn item(dice: &mut Dice, low: i64, high: i64, between: &str) -> String {
    let from = dice.number(low, high);
    let mut item = from.to_string();
    let is_range = dice.chance(30);
    if is_range {
        item += &format!("{between}{}", dice.number(from, high));
    }
    if dice.chance(25) {
        item += &format!("/{}", dice.number(1, 20));
    }
    item
}

fn list(dice: &mut Dice, mut item: impl FnMut(&mut Dice) -> String) -> String {
    let count = if dice.chance(75) { 1 } else { dice.number(2, 3) };
    let items: Vec<_> = (0..count).map(|_| item(dice)).collect();
    items.join(",")
}

fn cron_field(dice: &mut Dice, stars: u64, item: impl FnMut(&mut Dice) -> String) -> String {
    if dice.chance(stars) {
        let step = dice.chance(30).then(|| format!("/{}", dice.number(1, 20)));
        return format!("*{}", step.unwrap_or_default());
    }
    list(dice, item)
}

/// A cron expression, mostly of jobs in the hours in which clocks are moved.
pub(crate) fn cron(dice: &mut Dice) -> String {
    let minute = cron_field(dice, 35, |dice| item(dice, 0, 59, "-"));
    let hour = cron_field(dice, 30, |dice| {
        let last = if dice.chance(70) { 4 } else { 23 };
        item(dice, 0, last, "-")
    });
    let day = cron_field(dice, 60, |dice| match dice.number(0, 9) {
        0 => "L".to_owned(),
        1 => "LW".to_owned(),
        _ => item(dice, 1, 31, "-"),
    });
    let month = cron_field(dice, 75, |dice| {
        if dice.chance(30) {
            dice.one(&["JAN", "feb", "Mar", "APR", "OCT", "nov"]).to_owned()
        } else {
            item(dice, 1, 12, "-")
        }
    });
    let weekday = cron_field(dice, 60, |dice| match dice.number(0, 5) {
        0 => format!("{}L", dice.number(0, 7)),
        1 => format!(
            "{}#{}",
            dice.one(&["MON", "sun", "7", "0", "5"]),
            dice.number(1, 5)
        ),
        2 => dice.one(&["MON-FRI", "sat", "SUN", "SUN-tue"]).to_owned(),
        _ => item(dice, 0, 7, "-"),
    });
    format!("{minute} {hour} {day} {month} {weekday}")
}

fn calendar_field(dice: &mut Dice, stars: u64, low: i64, high: i64) -> String {
    if dice.chance(stars) {
        return "*".to_owned();
    }
    list(dice, |dice| item(dice, low, high, ".."))
}

fn line(dice: &mut Dice) -> String {
    if dice.chance(8) {
        let shorthands = ["minutely", "hourly", "Daily", "weekly", "monthly", "quarterly"];
        return dice
            .one(&[&shorthands[..], &["yearly", "annually", "semiannually"]].concat())
            .to_owned();
    }
    let mut parts = Vec::new();
    if dice.chance(35) {
        parts.push(list(dice, |dice| {
            dice.one(&["Mon", "tuesday", "SUN", "Fri..Sun", "Mon-Wed", "Thursday..sat"])
                .to_owned()
        }));
    }
    if dice.chance(55) {
        let year = match dice.number(0, 9) {
            0 => format!("{}-", dice.number(2011, 2040)),
            1 => format!("{}/{}-", dice.number(11, 40), dice.number(1, 3)),
            2..6 => "*-".to_owned(),
            _ => String::new(),
        };
        let month = calendar_field(dice, 80, 1, 12);
        let day = if dice.chance(25) {
            format!("~{}", calendar_field(dice, 5, 1, 28))
        } else {
            format!("-{}", calendar_field(dice, 50, 1, 31))
        };
        parts.push(format!("{year}{month}{day}"));
    }
    if dice.chance(80) || parts.is_empty() {
        let hour = calendar_field(dice, 35, 0, 4);
        let minute = calendar_field(dice, 20, 0, 59);
        let second = dice
            .chance(25)
            .then(|| format!(":{}", calendar_field(dice, 5, 0, 59)));
        parts.push(format!("{hour}:{minute}{}", second.unwrap_or_default()));
    }
    parts.join(" ")
}

/// One line or several of OnCalendar, and whether they name time zones.
pub(crate) fn on_calendar(dice: &mut Dice) -> (String, bool) {
    let is_zoned = dice.chance(15);
    let count = if dice.chance(85) { 1 } else { 2 };
    let lines: Vec<_> = (0..count)
        .map(|_| {
            let line = line(dice);
            if is_zoned {
                format!("{line} {}", dice.one(&ZONES))
            } else {
                line
            }
        })
        .collect();
    (lines.join("\n"), is_zoned)
}

/// The expression with a few characters changed, so that most are wrong.
pub(crate) fn spoilt(dice: &mut Dice, expression: &str) -> String {
    let mut text: Vec<char> = expression.chars().collect();
    for _ in 0..dice.number(1, 2) {
        let at = dice.number(0, text.len() as i64 - 1) as usize;
        let other = *dice.one(
            &"0123456789*/,-LW#~:. ?MOaJ"
                .chars()
                .collect::<Vec<_>>()
                .iter()
                .collect::<Vec<_>>(),
        );
        match dice.number(0, 2) {
            0 => text[at] = other,
            1 => text.insert(at, other),
            _ if text.len() > 1 => drop(text.remove(at)),
            _ => {}
        }
    }
    text.into_iter().collect()
}
