//! Pages to look at: made up, and the same each time.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use domain::live::LiveState;
use domain::status_page::{Impact, Locale, ReportStatus, Theme};
use domain::{ComponentId, MonitorId, OrgId, ReportUpdateId, StatusPageId, StatusReportId, Timestamp};
use pages::View;
use pages::document::{
    Affected, Component, ComponentMonitor, Day, Document, FORMAT, Group, Guard, Latency, Maintenance, Report,
    Update, Uptime,
};

pub(crate) const DAY_MS: i64 = 86_400_000;
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// The instant at which all samples are looked at: 2026-11-27T13:05:00Z.
pub(crate) fn now() -> Timestamp {
    "2026-11-27T13:05:00Z".parse().expect("a timestamp")
}

pub(crate) fn ago(millis: i64) -> Timestamp {
    now().plus_millis(-millis)
}

/// Numbers that look random and are the same each time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A page with nothing on it.
pub(crate) fn empty() -> Document {
    Document {
        format: FORMAT,
        id: StatusPageId(7),
        org_id: OrgId(1),
        slug: "acme".to_owned(),
        url: "https://status.example.org/acme".to_owned(),
        title: "Acme Cloud".to_owned(),
        description: None,
        contact_url: Some("mailto:help@example.org".to_owned()),
        accent_colour: "#1f6feb".to_owned(),
        theme: Theme::Auto,
        locale: Locale::En,
        time_zone: Tz::Europe__Berlin,
        allow_index: true,
        history_days: 90,
        logo: None,
        takes_subscribers: true,
        guard: Guard::Public,
        guard_version: 1,
        groups: Vec::new(),
        reports: Vec::new(),
        maintenance: Vec::new(),
        as_of: ago(20_000),
    }
}

/// The days of a component: `bad` of a hundred have an outage, the first `missing` no data.
pub(crate) fn days(dice: &mut Dice, count: u16, bad: u64, missing: u16) -> Vec<Day> {
    let today = NaiveDate::from_ymd_opt(2026, 11, 27).expect("a date");
    let day = |back: u16| {
        let date = today - Days::new(u64::from(back));
        let whole = if back == 0 { 13 * HOUR_MS } else { DAY_MS };
        let is_bad = dice.below(100) < bad;
        let down_ms = match (is_bad, dice.below(3)) {
            (false, _) => 0,
            (true, 0) => HOUR_MS + i64::try_from(dice.below(7_200_000)).expect("small"),
            (true, _) => 30_000 + i64::try_from(dice.below(600_000)).expect("small"),
        };
        let measured = if back + missing >= count { 0 } else { whole };
        Day {
            date,
            up_ms: (measured - down_ms).max(0),
            degraded_ms: if is_bad { 120_000 } else { 0 },
            down_ms: down_ms.min(measured),
            reported: Impact::Operational,
        }
    };
    (0..count).rev().map(day).collect()
}

pub(crate) fn component(id: i64, name: &str, state: LiveState, days: Vec<Day>) -> Component {
    let sum = |part: fn(&Day) -> i64| days.iter().map(part).sum();
    Component {
        id: ComponentId(id),
        name: name.to_owned(),
        description: None,
        monitor: Some(ComponentMonitor {
            id: MonitorId(id),
            state,
        }),
        external: None,
        reported: Impact::Operational,
        since: None,
        uptime: Some(Uptime {
            up_ms: sum(|day| day.up_ms),
            down_ms: sum(|day| day.down_ms),
        }),
        days,
        latency: None,
    }
}

pub(crate) fn latency(dice: &mut Dice) -> Latency {
    let mut hour = |at: u32| (at != 9).then(|| 90 + u32::try_from(dice.below(80)).expect("small"));
    Latency {
        p50_ms: Some(124),
        p95_ms: Some(342),
        hours: (0..24).map(&mut hour).collect(),
    }
}

pub(crate) fn group(name: Option<&str>, is_open: bool, components: Vec<Component>) -> Group {
    Group {
        name: name.map(str::to_owned),
        is_open,
        components,
    }
}

pub(crate) fn affected(id: i64, name: &str, impact: Impact) -> Affected {
    Affected {
        id: ComponentId(id),
        name: name.to_owned(),
        impact,
    }
}

/// A report whose updates are given newest first, each with its age.
pub(crate) fn report(
    id: i64,
    title: &str,
    components: Vec<Affected>,
    updates: &[(ReportStatus, &str, i64)],
) -> Report {
    let (status, _, newest) = updates[0];
    let (_, _, oldest) = updates[updates.len() - 1];
    let update = |(at, &(status, message, age)): (usize, &(ReportStatus, &str, i64))| Update {
        id: ReportUpdateId(id * 1_000 - i64::try_from(at).expect("small")),
        status,
        message: message.to_owned(),
        components: if at + 1 == updates.len() {
            components.clone()
        } else {
            Vec::new()
        },
        at: ago(age),
        updated_at: ago(age),
    };
    Report {
        id: StatusReportId(id),
        title: title.to_owned(),
        status,
        updates: updates.iter().enumerate().map(update).collect(),
        components,
        started_at: ago(oldest),
        resolved_at: (status == ReportStatus::Resolved).then(|| ago(newest)),
        postmortem: None,
        updated_at: ago(newest),
    }
}

pub(crate) fn maintenance(
    window_id: i64,
    title: &str,
    from: Timestamp,
    hours: i64,
    components: &[i64],
) -> Maintenance {
    Maintenance {
        window_id,
        version: 2,
        title: title.to_owned(),
        from,
        until: from.plus_millis(hours * HOUR_MS),
        components: components.iter().copied().map(ComponentId).collect(),
        updated_at: ago(3 * DAY_MS),
    }
}

/// A page on which all is well.
pub(crate) fn fine() -> Document {
    let mut dice = Dice(3);
    let up = |dice: &mut Dice, id, name: &str, bad, missing| {
        component(id, name, LiveState::Up, days(dice, 90, bad, missing))
    };
    let mut api = up(&mut dice, 1, "API", 3, 0);
    api.description = Some("Everything below api.example.org".to_owned());
    api.latency = Some(latency(&mut dice));
    let website = up(&mut dice, 2, "Website", 0, 0);
    let checkout = up(&mut dice, 3, "Checkout", 2, 40);
    let search = up(&mut dice, 4, "Search", 0, 0);
    let mut telephone = component(5, "Telephone support", LiveState::Up, Vec::new());
    telephone.monitor = None;
    telephone.uptime = None;
    Document {
        description: Some(
            "How our services are doing. Ask us on [our forum](https://forum.example.org).".to_owned(),
        ),
        groups: vec![
            group(None, true, vec![api, website]),
            group(Some("Shop"), true, vec![checkout, search]),
            group(Some("Offices"), false, vec![telephone]),
        ],
        reports: vec![report(
            11,
            "Orders were confirmed late",
            vec![affected(3, "Checkout", Impact::DegradedPerformance)],
            &[
                (
                    ReportStatus::Resolved,
                    "All orders that waited are confirmed.",
                    4 * DAY_MS,
                ),
                (
                    ReportStatus::Identified,
                    "A queue is *full*.",
                    4 * DAY_MS + 2 * HOUR_MS,
                ),
            ],
        )],
        maintenance: vec![maintenance(
            21,
            "New database",
            now().plus_millis(30 * HOUR_MS),
            2,
            &[3, 4],
        )],
        ..empty()
    }
}

/// A page in an outage.
pub(crate) fn outage() -> Document {
    let mut document = fine();
    let mut dice = Dice(99);
    let shop = &mut document.groups[1];
    shop.is_open = false;
    shop.components[0] = component(3, "Checkout", LiveState::Down, days(&mut dice, 90, 8, 5));
    shop.components[0].reported = Impact::MajorOutage;
    if let Some(today) = shop.components[0].days.last_mut() {
        today.reported = Impact::MajorOutage;
    }
    shop.components[1].monitor = Some(ComponentMonitor {
        id: MonitorId(4),
        state: LiveState::Degraded,
    });
    let website = &mut document.groups[0].components[1];
    website.reported = Impact::PartialOutage;
    if let Some(today) = website.days.last_mut() {
        today.reported = Impact::PartialOutage;
    }
    document.groups[2].components.push(component(
        6,
        "Door locks",
        LiveState::Pending,
        days(&mut dice, 90, 0, 90),
    ));
    document.reports.insert(
        0,
        report(
            12,
            "Payments fail",
            vec![
                affected(3, "Checkout", Impact::MajorOutage),
                affected(2, "Website", Impact::PartialOutage),
            ],
            &[
                (
                    ReportStatus::Identified,
                    "The payment provider has an outage **of its own**. We are switching to the second one:\n\n- cards are switched already\n- direct debit follows\n\nDetails: [their status](https://status.example.com).",
                    10 * 60_000,
                ),
                (ReportStatus::Investigating, "Since 13:20 most payments fail. We are looking into it.", 42 * 60_000),
            ],
        ),
    );
    document.maintenance.insert(
        0,
        maintenance(20, "Replacement of switches", ago(HOUR_MS), 3, &[1]),
    );
    document
}

/// A page with many components in groups of ten, of which some have had outages and holes.
pub(crate) fn many(count: i64) -> Document {
    let mut dice = Dice(17);
    let components: Vec<Component> = (1..=count)
        .map(|id| {
            let (bad, missing) = (dice.below(4), if dice.below(5) == 0 { 30 } else { 0 });
            let mut component = component(
                id,
                &format!("Service {id}"),
                LiveState::Up,
                days(&mut dice, 90, bad, missing),
            );
            component.latency = (id % 3 == 0).then(|| latency(&mut dice));
            component.description = (id % 4 == 0).then(|| format!("What customers of region {id} use"));
            component
        })
        .collect();
    let groups = components.chunks(10).enumerate();
    let groups =
        groups.map(|(at, chunk)| group(Some(&format!("Region {}", at + 1)), at == 0, chunk.to_vec()));
    Document {
        groups: groups.collect(),
        reports: fine().reports,
        maintenance: fine().maintenance,
        ..empty()
    }
}

pub(crate) fn view(document: &Document) -> View<'_> {
    View::new(document, &HashMap::new(), now())
}
