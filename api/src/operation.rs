//! An operation of the API as a type.

use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageAccount, Permission, Role};

/// One method on one path: what it takes, what it answers, who may call it.
pub trait Operation: 'static {
    /// The name in the document and in generated clients.
    const ID: &'static str;
    /// What it does, in one sentence.
    const SUMMARY: &'static str;
    /// The resource that it belongs to.
    const TAG: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// The path below [`PREFIX`](crate::PREFIX), with its parameters in braces.
    const PATH: &'static str;
    /// How often it may be called.
    const RATE: Rate;
    /// Who answers it.
    const SERVED_BY: Server;
    /// Whether it has a request body.
    const BODY: Presence;
    /// Whether that may be larger than others are: it holds an image.
    const HAS_LARGE_BODY: bool;
    /// The status of a success.
    const STATUS: u16;
    /// The status of a success that has created something, where that is another one.
    const STATUS_OF_NEW: Option<u16>;
    /// Whether a success has a body.
    const HAS_ANSWER: bool;
    /// Whether a caller can say by `Idempotency-Key` that it is the same call again: whatever somebody who is known
    /// creates.
    const TAKES_IDEMPOTENCY_KEY: bool = matches!(Self::METHOD, Method::Post)
        && Self::STATUS == 201
        && <Self::Permission as Permission>::ROLE.is_some();
    /// Whether a caller can say by `If-Match` which version is changed.
    const HEEDS_VERSION: bool;
    /// Tells the version of what a success answers, where it has one; goes into `ETag`.
    const ETAG: Option<fn(&Self::Answer) -> String>;
    /// The media type of a success.
    const MEDIA_TYPE: &'static str;
    /// The media types that a success has as well, where the caller chooses.
    const OTHER_MEDIA_TYPES: &'static [&'static str];

    /// Who may call it.
    type Permission: Permission;
    /// The parameters in the path.
    type Path: PathParams;
    /// The parameters in the query; marked with `deny_unknown_fields`.
    type Query: DeserializeOwned + IntoParams;
    /// The request body.
    type Body: DeserializeOwned + ToSchema;
    /// The body of a success.
    type Answer: Serialize + ToSchema;
}

/// The parameters in the path of an operation.
pub trait PathParams: DeserializeOwned + IntoParams {
    /// What they name, for "there is no such monitor".
    const RESOURCE: &'static str;
}

/// HTTP methods that the API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Creates or replaces.
    Put,
    /// Changes some fields.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// Whether it changes or removes what the path names, and so heeds `If-Match`.
    pub const fn heeds_version(self) -> bool {
        matches!(self, Self::Put | Self::Patch | Self::Delete)
    }

    /// The name in HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// How often an operation may be called, and by whose count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rate {
    /// Per user.
    Api,
    /// Per user and, in addition, per organisation: it makes the product send requests.
    Check,
    /// Per client address and account, before there is a user.
    SignIn,
    /// Per client address: it renews or ends a session, with a small body.
    Session,
    /// Per client address: a link that was sent to somebody without an account, or a step of signing in with a provider.
    Link,
}

/// Which service answers an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Server {
    /// The gateway passes it on.
    UserService,
    /// The gateway answers it itself.
    Gateway,
}

/// Whether a request has a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// It is not read.
    None,
    /// It may be left out, which means `{}`.
    Optional,
    /// It must be there.
    Required,
}

/// What every operation of a list says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// See [`Operation::ID`].
    pub id: &'static str,
    /// See [`Operation::METHOD`].
    pub method: Method,
    /// See [`Operation::PATH`].
    pub path: &'static str,
    /// See [`Operation::RATE`].
    pub rate: Rate,
    /// See [`Operation::SERVED_BY`].
    pub served_by: Server,
    /// See [`Operation::BODY`].
    pub body: Presence,
    /// See [`Operation::HAS_LARGE_BODY`].
    pub has_large_body: bool,
    /// Whether it needs a credential.
    pub needs_credential: bool,
    /// The smallest role that may call it; none where no credential is needed.
    pub role: Option<Role>,
    /// Whether no API key may call it.
    pub people_only: bool,
    /// See [`Operation::TAKES_IDEMPOTENCY_KEY`].
    pub takes_idempotency_key: bool,
    /// See [`Operation::HEEDS_VERSION`].
    pub heeds_version: bool,
    /// Whether nobody may call it who is narrowed to tags.
    pub whole_organisation: bool,
    /// Whether it concerns the own account alone.
    pub own_account: bool,
    /// Whether a success has an `ETag`.
    pub has_etag: bool,
}

impl Listed {
    /// What the operation says of itself.
    pub fn of<O: Operation>() -> Self {
        Self {
            id: O::ID,
            method: O::METHOD,
            path: O::PATH,
            rate: O::RATE,
            served_by: O::SERVED_BY,
            body: O::BODY,
            has_large_body: O::HAS_LARGE_BODY,
            needs_credential: <O::Permission as Permission>::ROLE.is_some(),
            role: <O::Permission as Permission>::ROLE,
            people_only: <O::Permission as Permission>::PEOPLE_ONLY,
            takes_idempotency_key: O::TAKES_IDEMPOTENCY_KEY,
            heeds_version: O::HEEDS_VERSION,
            whole_organisation: <O::Permission as Permission>::WHOLE_ORGANISATION,
            own_account: <O::Permission as Permission>::NAME == <ManageAccount as Permission>::NAME,
            has_etag: O::ETAG.is_some(),
        }
    }
}

/// No parameters in the path.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, IntoParams)]
pub struct NoPath {}

impl PathParams for NoPath {
    const RESOURCE: &'static str = "route";
}

/// No parameters in the query.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// No body.
#[derive(Clone, Copy, Debug, Default, Serialize, serde::Deserialize, ToSchema)]
pub struct Empty {}

/// The second when it is given, else the first.
macro_rules! given_or {
    ($default:ty;) => {
        $default
    };
    ($default:ty; $given:ty) => {
        $given
    };
}

macro_rules! given_or_value {
    ($default:expr;) => {
        $default
    };
    ($default:expr; $given:expr) => {
        $given
    };
}

/// Declares an operation:
///
/// ```text
/// operation! {
///     /// Changes a monitor.
///     EditMonitor "Monitors": Patch "/monitors/{id}", ManageMonitors;
///     path MonitorPath; body MonitorInput; answer 200 Monitor;
/// }
/// ```
///
/// In that order and each where it differs from the default: `path`, `query`, `body`, `large body` or `optional body`,
/// `answer`, `status of new` (that of `answer`), `etag` (none; else `Versioned::etag`), `heeds version` (whether the method
/// does), `rate` ([`Rate::Api`]), `served by` ([`Server::UserService`]), `media type` (JSON), with others after `or`.
macro_rules! operation {
    (
        $(#[doc = $summary:literal])* $name:ident $tag:literal: $method:ident $path:literal, $permission:ty;
        $(path $params:ty;)?
        $(query $query:ty;)?
        $(body $body:ty;)?
        $(large body $large:ty;)?
        $(optional body $optional:ty;)?
        answer $status:literal $($answer:ty)?;
        $(status of new $status_of_new:literal;)?
        $(etag $etag:expr;)?
        $(heeds version $heeds_version:literal;)?
        $(rate $rate:ident;)?
        $(served by $server:ident;)?
        $(media type $media:literal $(or $other_media:literal)*;)?
    ) => {
        $(#[doc = $summary])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::Operation for $name {
            const ID: &'static str = stringify!($name);
            const SUMMARY: &'static str = concat!($($summary),*);
            const TAG: &'static str = $tag;
            const METHOD: $crate::Method = $crate::Method::$method;
            const PATH: &'static str = $path;
            const RATE: $crate::Rate = given_or_value!($crate::Rate::Api; $($crate::Rate::$rate)?);
            const SERVED_BY: $crate::Server = given_or_value!($crate::Server::UserService; $($crate::Server::$server)?);
            const BODY: $crate::Presence = {
                #[allow(unused_mut, unused_assignments, reason = "depends on what is given")]
                let mut presence = $crate::Presence::None;
                $(presence = { let _ = std::marker::PhantomData::<$body>; $crate::Presence::Required };)?
                $(presence = { let _ = std::marker::PhantomData::<$large>; $crate::Presence::Required };)?
                $(presence = { let _ = std::marker::PhantomData::<$optional>; $crate::Presence::Optional };)?
                presence
            };
            const HAS_LARGE_BODY: bool = {
                #[allow(unused_mut, unused_assignments, reason = "depends on what is given")]
                let mut is_large = false;
                $(is_large = { let _ = std::marker::PhantomData::<$large>; true };)?
                is_large
            };
            const STATUS: u16 = $status;
            const STATUS_OF_NEW: Option<u16> = given_or_value!(None; $(Some($status_of_new))?);
            const HAS_ANSWER: bool = {
                #[allow(unused_mut, unused_assignments, reason = "depends on what is given")]
                let mut has_answer = false;
                $(has_answer = { let _ = std::marker::PhantomData::<$answer>; true };)?
                has_answer
            };
            const HEEDS_VERSION: bool =
                given_or_value!($crate::Method::$method.heeds_version(); $($heeds_version)?);
            const ETAG: Option<fn(&Self::Answer) -> String> = given_or_value!(None; $(Some($etag))?);
            const MEDIA_TYPE: &'static str = given_or_value!("application/json"; $($media)?);
            const OTHER_MEDIA_TYPES: &'static [&'static str] = &[$($($other_media),*)?];

            type Permission = $permission;
            type Path = given_or!($crate::NoPath; $($params)?);
            type Query = given_or!($crate::NoQuery; $($query)?);
            type Body = given_or!($crate::Empty; $($body)? $($large)? $($optional)?);
            type Answer = given_or!($crate::Empty; $($answer)?);
        }
    };
}

pub(crate) use {given_or, given_or_value, operation};
