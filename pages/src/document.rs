//! The document of a status page: everything that is shown, but for what changes from one second to the next. user-service
//! writes it to Redis, complete, so that showing it needs neither PostgreSQL nor user-service.

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::live::LiveState;
use domain::status_page::{ExternalState, Impact, Locale, ReportStatus, Theme};
use domain::{ComponentId, MonitorId, OrgId, ReportUpdateId, StatusPageId, StatusReportId, Timestamp};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The form of documents that this release writes and reads.
pub const FORMAT: u16 = 1;

/// A status page as it was at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`FORMAT`]; a document of another one is not read.
    pub format: u16,
    /// The page.
    pub id: StatusPageId,
    /// Whose it is.
    pub org_id: OrgId,
    /// Its name in addresses.
    pub slug: String,
    /// Its own address, with its scheme and without a slash at the end: on the proven host name of its own if it has one.
    pub url: String,
    /// Its headline.
    pub title: String,
    /// Markdown below the headline.
    pub description: Option<String>,
    /// Where visitors can ask for help.
    pub contact_url: Option<String>,
    /// The colour of links and buttons: `#` and six lower-case digits.
    pub accent_colour: String,
    /// Light or dark.
    pub theme: Theme,
    /// The language of its own words.
    pub locale: Locale,
    /// The time zone of its times.
    pub time_zone: Tz,
    /// Whether search engines may list it.
    pub allow_index: bool,
    /// How many days of history it shows.
    pub history_days: u16,
    /// The hash of its logo, a PNG in Redis, where it has one.
    pub logo: Option<String>,
    /// Whether it takes subscribers: mails can be sent.
    #[serde(default)]
    pub takes_subscribers: bool,
    /// Who may see it.
    pub guard: Guard,
    /// Grows whenever who may see it changes, also by another password: what let somebody in before does so no more.
    pub guard_version: i32,
    /// The components in their order.
    pub groups: Vec<Group>,
    /// Reports that are open, or were within the days of history, newest first.
    pub reports: Vec<Report>,
    /// Maintenance that is to come, is under way, or was within the days of history, by its beginning.
    pub maintenance: Vec<Maintenance>,
    /// When all of this was read.
    pub as_of: Timestamp,
}

/// Who may see a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Guard {
    /// Anybody.
    Public,
    /// Who knows the password.
    Password {
        /// Its Argon2id hash, as a PHC string.
        hash: String,
    },
    /// Who can read the mail of an address of one of these domains, in lower case.
    EmailDomain {
        /// The domains.
        domains: Vec<String>,
    },
    /// Who comes from one of these networks.
    Addresses {
        /// The networks.
        networks: Vec<IpNet>,
    },
    /// Members of the organisation.
    Members {
        /// Where a member opens the page in the dashboard.
        sign_in_url: String,
    },
}

/// Components under a heading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The heading, where there is one.
    pub name: Option<String>,
    /// Whether its components are shown at first.
    pub is_open: bool,
    /// In their order.
    pub components: Vec<Component>,
}

/// What a page shows the state of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Its id.
    pub id: ComponentId,
    /// What visitors read.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// The monitor whose state it has.
    pub monitor: Option<ComponentMonitor>,
    /// What another status page says of it, where that is its state.
    #[serde(default)]
    pub external: Option<External>,
    /// How badly it is affected by what reports that are open say.
    pub reported: Impact,
    /// The first day (UTC) of which something can be known of it, where no monitor measures that: when it was added.
    #[serde(default)]
    pub since: Option<NaiveDate>,
    /// Its days, oldest first, the last one today: as many as the page's days of history; none where they are not shown.
    pub days: Vec<Day>,
    /// Its uptime over those days, up to when the document was made; nothing where it is not shown.
    pub uptime: Option<Uptime>,
    /// Its response time; nothing where it is not shown.
    pub latency: Option<Latency>,
}

/// The monitor of a component.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentMonitor {
    /// The monitor.
    pub id: MonitorId,
    /// Its state when the document was made; Redis knows a newer one.
    pub state: LiveState,
}

/// What another status page said of a component last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    /// The state; nothing where it says none that is known here.
    pub state: Option<ExternalState>,
    /// When that page was read; nothing while it never was.
    pub read_at: Option<Timestamp>,
}

/// For how long holds what another status page has said, in milliseconds. When it could not be read for longer nobody knows.
pub const EXTERNAL_FRESH_MS: i64 = 600_000;

impl External {
    /// The state at `now`, where it is known.
    pub fn state_at(&self, now: Timestamp) -> Option<ExternalState> {
        let read_at = self.read_at?;
        self.state
            .filter(|_| now.as_millis() - read_at.as_millis() <= EXTERNAL_FRESH_MS)
    }
}

/// A day (UTC) of a component, in the words of docs/UPTIME.md.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// How long it was up or degraded, in milliseconds.
    pub up_ms: i64,
    /// How much of that it was degraded.
    pub degraded_ms: i64,
    /// How long it was down.
    pub down_ms: i64,
    /// The worst that reports said of it on that day.
    pub reported: Impact,
}

/// How long a component was up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uptime {
    /// In the ratio's numerator, in milliseconds: up or degraded.
    pub up_ms: i64,
    /// Down, in milliseconds.
    pub down_ms: i64,
}

/// How long a component takes to answer, over the last 24 hours, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The median; nothing without a measurement.
    pub p50_ms: Option<u32>,
    /// What 95 % do not exceed.
    pub p95_ms: Option<u32>,
    /// The median of each hour, oldest first.
    pub hours: Vec<Option<u32>>,
}

/// What people say about a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its id.
    pub id: StatusReportId,
    /// Its headline.
    pub title: String,
    /// That of the newest update.
    pub status: ReportStatus,
    /// The components that are or were affected, and the worst impact each had.
    pub components: Vec<Affected>,
    /// When the problem began.
    pub started_at: Timestamp,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
    /// Markdown; what was learnt.
    pub postmortem: Option<String>,
    /// Newest first.
    pub updates: Vec<Update>,
    /// When any of it was changed last.
    pub updated_at: Timestamp,
}

/// How badly a component is affected. It has the name that it had; it may be gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affected {
    /// The component.
    pub id: ComponentId,
    /// Its name.
    pub name: String,
    /// How badly.
    pub impact: Impact,
}

/// An update of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Its id.
    pub id: ReportUpdateId,
    /// How far the work was.
    pub status: ReportStatus,
    /// Markdown.
    pub message: String,
    /// The components whose impact it changed.
    pub components: Vec<Affected>,
    /// When it was published.
    pub at: Timestamp,
    /// When its words were changed last.
    pub updated_at: Timestamp,
}

/// One occurrence of a maintenance window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Maintenance {
    /// The window's id.
    pub window_id: i64,
    /// The window's version: whoever has read an older one learns of the change.
    pub version: i32,
    /// What it is called.
    pub title: String,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// The components that it concerns.
    pub components: Vec<ComponentId>,
    /// When the window was changed last.
    pub updated_at: Timestamp,
}

impl Document {
    /// All components in their order.
    pub fn components(&self) -> impl Iterator<Item = &Component> {
        self.groups.iter().flat_map(|group| &group.components)
    }
}
