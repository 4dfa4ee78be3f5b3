//! Status pages: what the customers of an organisation see of its monitors.

use domain::live::LiveState;
use domain::status_page::{ExternalState, Locale, Theme};
use domain::{ComponentId, MonitorId, StatusPageId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageStatusPages, ViewStatusPages};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// A status page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusPage {
    /// The id.
    pub id: StatusPageId,
    /// Its name in addresses; no other status page of the installation has the same.
    pub slug: String,
    /// Where visitors find it; null while the installation has no `PAGES_URL`.
    #[schema(required = true)]
    pub url: Option<String>,
    /// Its headline.
    pub title: String,
    /// What stands below the headline, as Markdown without HTML.
    #[schema(required = true)]
    pub description: Option<String>,
    /// Where visitors can ask for help: an `https:` or `mailto:` address.
    #[schema(required = true)]
    pub contact_url: Option<String>,
    /// Whether it is there for visitors.
    pub published: bool,
    /// The colour of links and buttons, as in `#1f6feb`.
    pub accent_colour: String,
    /// Light or dark.
    pub theme: Theme,
    /// The language of its own words.
    pub locale: Locale,
    /// The time zone of its times, as in `Europe/Berlin`.
    pub time_zone: String,
    /// Whether search engines may list it; only a public one.
    pub allow_index: bool,
    /// How many days of history it shows, 1 to 90.
    pub history_days: u16,
    /// Whether maintenance windows of the monitors that it shows stand on it, with their names.
    pub show_maintenance: bool,
    /// For how many minutes an outage of a component lasts before the product reports it here by itself, and then its end;
    /// null for never.
    #[schema(required = true)]
    pub report_automatically_after_minutes: Option<u16>,
    /// Whether it has a logo.
    pub has_logo: bool,
    /// Who may see it.
    pub access: StatusPageAccess,
    /// The host name of its own, and whether it is proven; null without one.
    #[schema(required = true)]
    pub custom_domain: Option<CustomDomain>,
    /// The components in their order, by groups.
    pub groups: Vec<ComponentGroup>,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Who may see a status page, and everything that is made of it: feeds, badges, JSON.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusPageAccess {
    /// By what a visitor gets in.
    pub kind: AccessKind,
    /// With `password`: whether one is set. It is never shown.
    pub has_password: bool,
    /// With `email_domain`: whose mailboxes get a link.
    pub email_domains: Vec<String>,
    /// With `addresses`: the networks, as in `192.0.2.0/24` and `2001:db8::/32`.
    pub networks: Vec<String>,
}

/// By what a visitor gets in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessKind {
    /// Anybody.
    #[default]
    Public,
    /// Who knows the password.
    Password,
    /// Who can read the mail of an address of some domains.
    EmailDomain,
    /// Who comes from some networks.
    Addresses,
    /// Members of the organisation.
    Members,
}

/// A host name of a status page's own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomDomain {
    /// The host name, in lower case and as it is in DNS (IDNA).
    pub host: String,
    /// The name of the TXT record by which the domain is proven.
    pub record_name: String,
    /// What that record has to say.
    pub record_value: String,
    /// When it was proven last; null until it is. It is served only while it is proven.
    #[schema(required = true)]
    pub proven_at: Option<Timestamp>,
    /// When it was looked up last.
    #[schema(required = true)]
    pub checked_at: Option<Timestamp>,
    /// Why it is not proven, in words.
    #[schema(required = true)]
    pub problem: Option<String>,
}

/// Components under a heading.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComponentGroup {
    /// The heading; null for components that stand by themselves.
    #[schema(required = true)]
    pub name: Option<String>,
    /// Whether its components are shown at first.
    pub is_open: bool,
    /// The components in their order.
    pub components: Vec<Component>,
}

/// What a status page shows the state of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Component {
    /// The id.
    pub id: ComponentId,
    /// What visitors read.
    pub name: String,
    /// What it is, in a sentence.
    #[schema(required = true)]
    pub description: Option<String>,
    /// Whose state it has; null for one that shows another status page, or has the state that reports say.
    #[schema(required = true)]
    pub monitor_id: Option<MonitorId>,
    /// The monitor's name inside of the organisation.
    #[schema(required = true)]
    pub monitor_name: Option<String>,
    /// The monitor's state.
    #[schema(required = true)]
    pub monitor_state: Option<LiveState>,
    /// The other status page whose state it shows; null for one that shows none.
    #[schema(required = true)]
    pub external: Option<ExternalStatus>,
    /// Whether the bar of its days is shown.
    pub show_history: bool,
    /// Whether its uptime is shown.
    pub show_uptime: bool,
    /// Whether its response time is shown.
    pub show_latency: bool,
}

/// What another status page says of a component.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExternalStatus {
    /// The address of that page.
    pub url: String,
    /// The name or the id of a component there; null for that page as a whole.
    #[schema(required = true)]
    pub component: Option<String>,
    /// What it says; null while that is not known: it was not read yet, or could not be read for ten minutes.
    #[schema(required = true)]
    pub state: Option<ExternalState>,
    /// When it was read last.
    #[schema(required = true)]
    pub read_at: Option<Timestamp>,
    /// Why it is not known, in words; null where it was read.
    #[schema(required = true)]
    pub problem: Option<String>,
}

/// The writable fields of a status page; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusPageInput {
    /// Its name in addresses: 3 to 40 lower-case letters, digits and hyphens; made of the title when it is left out.
    pub slug: Option<String>,
    /// Its headline, at most 100 characters.
    pub title: Option<String>,
    /// What stands below the headline, as Markdown without HTML, at most 2,000 characters; null for nothing.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<String>)]
    pub description: Option<Option<String>>,
    /// An `https:` or `mailto:` address; null for none.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<String>)]
    pub contact_url: Option<Option<String>>,
    /// Whether it is there for visitors; true by default.
    pub published: Option<bool>,
    /// As in `#1f6feb`.
    pub accent_colour: Option<String>,
    /// Light or dark.
    #[schema(value_type = Option<Theme>)]
    pub theme: Option<String>,
    /// The language of its own words.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
    /// As in `Europe/Berlin`; `UTC` by default.
    pub time_zone: Option<String>,
    /// Whether search engines may list it.
    pub allow_index: Option<bool>,
    /// How many days of history it shows, 1 to 90; 90 by default.
    pub history_days: Option<u16>,
    /// Whether maintenance windows stand on it; true by default.
    pub show_maintenance: Option<bool>,
    /// For how many minutes an outage of a component lasts before it is reported here automatically, 0 to 1,440; null for
    /// never, as it is by default.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<u16>)]
    pub report_automatically_after_minutes: Option<Option<u16>>,
    /// A PNG, JPEG or WebP image as a `data:` address, at most 512 KiB; it is drawn anew as PNG. Null for none.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<String>)]
    pub logo: Option<Option<String>>,
    /// Who may see it.
    pub access: Option<StatusPageAccessInput>,
    /// A host name of its own, such as `status.example.org`; null for none.
    #[serde(default, deserialize_with = "crate::nullable::given")]
    #[schema(value_type = Option<String>)]
    pub custom_domain: Option<Option<String>>,
    /// All groups and components in their order, at most 50 and 200; those that are left out are removed.
    pub groups: Option<Vec<ComponentGroupInput>>,
}

/// Who may see a status page. It is replaced as a whole; a password that is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusPageAccessInput {
    /// By what a visitor gets in.
    #[schema(value_type = Option<AccessKind>)]
    pub kind: Option<String>,
    /// With `password`: 8 to 128 characters.
    pub password: Option<String>,
    /// With `email_domain`: whose mailboxes get a link, at most 20.
    pub email_domains: Option<Vec<String>>,
    /// With `addresses`: at most 100 networks.
    pub networks: Option<Vec<String>>,
}

/// Components under a heading.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentGroupInput {
    /// The heading, at most 100 characters; null or left out for components that stand by themselves.
    pub name: Option<String>,
    /// Whether its components are shown at first; true by default.
    pub is_open: Option<bool>,
    /// The components in their order.
    #[serde(default)]
    pub components: Vec<ComponentInput>,
}

/// What a status page shows the state of.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentInput {
    /// The id of a component that there is, which is kept with its reports; left out for a new one.
    pub id: Option<i64>,
    /// What visitors read, at most 100 characters; the monitor's name when it is left out.
    pub name: Option<String>,
    /// What it is, in at most 300 characters.
    pub description: Option<String>,
    /// Whose state it has; left out for one that shows another status page, or has the state that reports say.
    pub monitor_id: Option<i64>,
    /// The other status page whose state it shows, instead of a monitor's.
    pub external: Option<ExternalStatusInput>,
    /// Whether the bar of its days is shown; true by default. Never of one that shows another status page, as what follows.
    pub show_history: Option<bool>,
    /// Whether its uptime is shown; true by default.
    pub show_uptime: Option<bool>,
    /// Whether its response time is shown; false by default.
    pub show_latency: Option<bool>,
}

/// Another status page, or a component of it. It has to serve `/api/v2/summary.json` as Atlassian Statuspage does.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalStatusInput {
    /// The address of that page: `https:`, without a query, at most 500 characters.
    pub url: Option<String>,
    /// The name or the id of a component there, at most 200 characters; left out or null for that page as a whole.
    pub component: Option<String>,
}

/// Names a status page.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct StatusPagePath {
    /// The status page's id.
    pub id: i64,
}

impl PathParams for StatusPagePath {
    const RESOURCE: &'static str = "status page";
}

/// A status page as its visitors would see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusPagePreview {
    /// A whole document of HTML that asks for nothing from elsewhere; to be shown in a sandboxed frame.
    pub html: String,
}

/// Where a member opens a page that is for members.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusPageVisit {
    /// An address that is valid for a minute, and lets this browser see the page.
    pub url: String,
}

operation! {
    /// Lists status pages by their id.
    ListStatusPages "Status pages": Get "/status-pages", ViewStatusPages;
    query PageQuery;
    answer 200 Page<StatusPage>;
}

operation! {
    /// Creates a status page.
    CreateStatusPage "Status pages": Post "/status-pages", ManageStatusPages;
    large body StatusPageInput;
    answer 201 StatusPage;
    etag Versioned::etag;
}

operation! {
    /// A status page.
    GetStatusPage "Status pages": Get "/status-pages/{id}", ViewStatusPages;
    path StatusPagePath;
    answer 200 StatusPage;
    etag Versioned::etag;
}

operation! {
    /// Changes a status page: what is left out stays.
    EditStatusPage "Status pages": Patch "/status-pages/{id}", ManageStatusPages;
    path StatusPagePath;
    large body StatusPageInput;
    answer 200 StatusPage;
    etag Versioned::etag;
}

operation! {
    /// Deletes a status page with its reports.
    DeleteStatusPage "Status pages": Delete "/status-pages/{id}", ManageStatusPages;
    path StatusPagePath;
    answer 204;
}

operation! {
    /// Shows what a status page that is not saved would look like.
    PreviewStatusPage "Status pages": Post "/status-pages/preview", ManageStatusPages;
    large body StatusPageInput;
    answer 200 StatusPagePreview;
}

operation! {
    /// Shows what a status page would look like with changes that are not saved.
    PreviewStatusPageEdit "Status pages": Post "/status-pages/{id}/preview", ManageStatusPages;
    path StatusPagePath;
    large body StatusPageInput;
    answer 200 StatusPagePreview;
}

operation! {
    /// Looks up now whether a status page's host name is proven.
    ProveCustomDomain "Status pages": Post "/status-pages/{id}/prove-domain", ManageStatusPages;
    path StatusPagePath;
    answer 200 StatusPage;
    etag Versioned::etag;
}

operation! {
    /// Lets this member's browser see a page that is not public.
    VisitStatusPage "Status pages": Post "/status-pages/{id}/visit", ViewStatusPages;
    path StatusPagePath;
    answer 200 StatusPageVisit;
}
