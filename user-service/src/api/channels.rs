//! `/channels`.

use actix_web::web::Data;
use api::{
    Channel, CreateChannel, DeleteChannel, EditChannel, GetChannel, ListChannels, ManageChannels,
    Permission as _, Principal, Resource,
};
use deadpool_postgres::{GenericClient, Transaction};
use domain::channel::{Config, Kind, Policy};
use domain::monitor::FieldError;
use domain::{ChannelId, EmailAddress};
use serde_json::{Map, Value};
use shared::guard::Targets;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::mail_server;
use crate::rules::channel::{self as rules, ValidChannel};
use crate::rules::recipients::{Change, KnownRecipients};
use crate::store::Scope;
use crate::store::audit::Resource as Audited;
use crate::store::channels::{self as store, ChannelRow};
use crate::store::recipients;
use crate::verification;

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
}

/// What is said of a channel whose configuration cannot be read.
const UNREADABLE_CONFIG: &str =
    "the configuration cannot be read, so nobody is notified; send it as a whole, or delete the channel";

/// What is said of a channel whose choice of alerts cannot be read.
const UNREADABLE_ALERTS: &str = "the choice of alerts cannot be read, so the defaults apply; set it again";

/// What is said of an e-mail channel where `PUBLIC_URL` leads to `localhost`.
const LINKS_LEAD_NOWHERE: &str = "links in its mails, also those that ask to confirm, lead to a machine's own address \
    (PUBLIC_URL), which recipients on other machines cannot reach";

/// How much of a configuration is shown.
#[derive(Clone, Copy, Debug)]
enum Shown {
    /// Also the secret that was just generated.
    New,
    /// No secrets.
    Hidden,
    /// Nor what may be one.
    ToViewer,
    /// Only what it is called: it is the whole organisation's.
    Name,
}

impl Shown {
    fn to(caller: &Principal) -> Self {
        match Some(caller.role) < ManageChannels::ROLE {
            _ if caller.narrowed => Self::Name,
            true => Self::ToViewer,
            false => Self::Hidden,
        }
    }

    fn to_editor(secret_is_new: bool) -> Self {
        match secret_is_new {
            true => Self::New,
            false => Self::Hidden,
        }
    }
}

async fn list(app: Data<App>, call: Call<ListChannels>) -> Result<Reply<ListChannels>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after: Option<ChannelId> = page::position(call.query.cursor.as_deref())?;
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let rows = store::all(&client, scope).await?;
    let rows = rows
        .into_iter()
        .filter(|row| after.is_none_or(|after| row.id > after));
    let rows: Vec<ChannelRow> = rows.collect();
    let has_no_mail_server = rows.iter().any(is_mail) && mail_server::is_missing(&app).await;
    let recipients = match rows.iter().any(is_mail) {
        true => Some(recipients::known(&client, scope, app.verify_recipients).await?),
        false => None,
    };
    let shown = Shown::to(&call.caller);
    let views = rows.into_iter().map(|row| {
        let is_mute = has_no_mail_server && is_mail(&row);
        with_error(view(&app, row, shown, recipients.as_ref()), is_mute)
    });
    let views = views.collect();
    Ok(Reply::new(page::cut(views, limit, |view: &Channel| view.id)))
}

/// Channels in the audit log.
fn audited(id: ChannelId) -> Audited {
    Audited::new("channel", id)
}

/// What the audit log keeps of a channel: people's addresses, which are stored sealed, only by where they are.
fn audited_view(app: &App, row: ChannelRow) -> Channel {
    let mut channel = view(app, row, Shown::ToViewer, None);
    if let Some(Value::Array(addresses)) = channel.config.get_mut("to") {
        for address in addresses {
            let host = address.as_str().and_then(|text| text.rsplit_once('@'));
            *address = host.map_or(Value::Null, |(_, host)| format!("…@{host}").into());
        }
    }
    channel
}

async fn create(app: Data<App>, call: Call<CreateChannel>) -> Result<Reply<CreateChannel>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let applied = rules::apply(call.body, None, &policy(&app));
    let (channel, secret_is_new) = applied.map_err(Problem::invalid)?;
    if channel.config.kind() == Kind::Email && mail_server::is_missing(&app).await {
        return Err(Problem::invalid(vec![mail_server::error()]));
    }
    require_own(&app, &*tx, &call.caller, &[], addresses_of(&channel.config)).await?;
    let change = recipients_change(&app, &tx, scope, None, &[], addresses_of(&channel.config)).await?;
    let row = store::insert(&tx, &app.keyring, scope, &channel, &app.plans).await?;
    recipients::apply(&*tx, scope, &change, app.verify_recipients).await?;
    let created = audited_view(&app, row.clone());
    author.created(&tx, &audited(row.id), &created).await?;
    let (id, secrets) = (row.id, Shown::to_editor(secret_is_new));
    let reply = Reply::new(shown(&app, &*tx, row, secrets).await?);
    tx.commit_unless(secret_is_new, &app, &reply).await?;
    announce(&app, scope, id);
    Ok(reply)
}

/// The addresses of an e-mail channel; none of another kind.
fn addresses_of(config: &Config) -> &[String] {
    match config {
        Config::Email(config) => &config.to,
        _ => &[],
    }
}

/// Requires that somebody whose address has still to be verified adds no address of somebody else.
async fn require_own(
    app: &App,
    client: &impl GenericClient,
    caller: &Principal,
    before: &[String],
    after: &[String],
) -> Result<(), Problem> {
    if after.iter().all(|address| before.contains(address)) {
        return Ok(());
    }
    let Some(own) = verification::unverified(app, client, caller.user_id()).await? else {
        return Ok(());
    };
    let own = EmailAddress::normal_of(&own);
    let is_own = |address: &String| before.contains(address) || EmailAddress::normal_of(address) == own;
    match after.iter().all(is_own) {
        true => Ok(()),
        false => Err(Problem::invalid(vec![FieldError::new(
            "config.to",
            "must hold no address but your own until you have verified that",
        )])),
    }
}

/// What the change of a channel's addresses means for the organisation's recipients.
async fn recipients_change(
    app: &App,
    tx: &Transaction<'_>,
    scope: Scope,
    channel: Option<ChannelId>,
    before: &[String],
    after: &[String],
) -> Result<Change, Problem> {
    if before == after {
        return Ok(Change::default());
    }
    scope.take_turn(tx).await?;
    Ok(recipients::change_by(tx, &app.keyring, scope, channel, before, after).await?)
}

async fn get(app: Data<App>, call: Call<GetChannel>) -> Result<Reply<GetChannel>, Problem> {
    let client = app.pool.get().await?;
    let row = store::find(&client, Scope::from(&call.caller), call.path.id).await?;
    let is_mute = is_mail(&row) && mail_server::is_missing(&app).await;
    Ok(Reply::new(with_error(
        shown(&app, &client, row, Shown::to(&call.caller)).await?,
        is_mute,
    )))
}

/// The channel, with what its recipients have said.
async fn shown(
    app: &App,
    client: &impl GenericClient,
    row: ChannelRow,
    secrets: Shown,
) -> Result<Channel, Problem> {
    let recipients = match is_mail(&row) {
        true => {
            let scope = Scope::organisation(row.org_id);
            Some(recipients::known(client, scope, app.verify_recipients).await?)
        }
        false => None,
    };
    Ok(view(app, row, secrets, recipients.as_ref()))
}

fn is_mail(row: &ChannelRow) -> bool {
    row.kind == Kind::Email.as_str()
}

/// The channel, with what is wrong where it has no mail server, if nothing worse is.
fn with_error(channel: Channel, has_no_mail_server: bool) -> Channel {
    let missing = has_no_mail_server.then(|| mail_server::MISSING.to_owned());
    Channel {
        error: channel.error.clone().or(missing),
        ..channel
    }
}

async fn edit(app: Data<App>, call: Call<EditChannel>) -> Result<Reply<EditChannel>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let expected = call.if_match()?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, call.path.id).await?;
    require_version(expected, old.version)?;
    let before = old.open(&app.keyring).map(|config| ValidChannel {
        name: old.name.clone(),
        config,
        enabled: old.enabled,
        alerts: old.alerts(),
    });
    let policy = policy(&app);
    let applied = match &before {
        Some(before) => rules::apply(call.body, Some(before), &policy),
        None => rules::apply_to_unreadable(call.body, &old.known(), &policy),
    };
    let (after, secret_is_new) = applied.map_err(Problem::invalid)?;
    if before.as_ref() == Some(&after) && old.alerts.value().is_some() {
        return Ok(Reply::new(shown(&app, &tx, old, Shown::Hidden).await?));
    }
    let addresses = before
        .as_ref()
        .map_or(&[][..], |before| addresses_of(&before.config));
    let after_addresses = addresses_of(&after.config);
    require_own(&app, &tx, &call.caller, addresses, after_addresses).await?;
    let change = recipients_change(&app, &tx, scope, Some(old.id), addresses, after_addresses).await?;
    let row = store::update(&tx, &app.keyring, &old, &after).await?;
    recipients::apply(&tx, scope, &change, app.verify_recipients).await?;
    let id = row.id;
    let [before, after] = [old, row.clone()].map(|row| audited_view(&app, row));
    author.changed(&tx, &audited(id), &before, &after).await?;
    tx.commit().await?;
    announce(&app, scope, id);
    let secrets = Shown::to_editor(secret_is_new);
    Ok(Reply::new(shown(&app, &client, row, secrets).await?))
}

async fn delete(app: Data<App>, call: Call<DeleteChannel>) -> Result<Reply<DeleteChannel>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(call.if_match()?, old.version)?;
    let addresses = recipients::addresses(&old, &app.keyring);
    let change = recipients_change(&app, &tx, scope, Some(id), &addresses, &[]).await?;
    store::delete(&tx, scope, id).await?;
    recipients::apply(&tx, scope, &change, app.verify_recipients).await?;
    let deleted = audited_view(&app, old);
    author(&call).deleted(&tx, &audited(id), &deleted).await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::empty())
}

/// What configurations of channels and destinations depend on.
pub(super) fn policy(app: &App) -> Policy {
    Policy {
        allow_http: app.target_guard.targets() == Targets::Any,
        random: shared::crypto::random(),
    }
}

/// Tells alerters and dashboards of a change that was committed.
fn announce(app: &App, scope: Scope, id: ChannelId) {
    app.announcer.alerting(scope.org());
    app.announcer.change(scope.org(), Resource::Channel, id.0);
}

fn view(app: &App, row: ChannelRow, secrets: Shown, recipients: Option<&KnownRecipients>) -> Channel {
    let config = row.open(&app.keyring);
    let error = match (&config, row.alerts.value()) {
        (None, _) => Some(UNREADABLE_CONFIG),
        (_, None) => Some(UNREADABLE_ALERTS),
        _ => None,
    };
    let has_mails = matches!(config, Some(Config::Email(_))) && matches!(secrets, Shown::New | Shown::Hidden);
    let warning = (has_mails && app.mailer.links_lead_nowhere()).then_some(LINKS_LEAD_NOWHERE);
    Channel {
        id: row.id,
        alerts: row.alerts(),
        name: row.name,
        kind: Kind::parse(&row.kind),
        recipients: match (&config, recipients) {
            (Some(Config::Email(config)), Some(recipients)) if !matches!(secrets, Shown::Name) => {
                Some(recipients.view(config, shared::now()))
            }
            _ => None,
        },
        config: match (config, secrets) {
            (None, _) => Value::Null,
            (Some(config), Shown::New) => config.show_new(),
            (Some(config), Shown::Hidden) => config.show(),
            (Some(config), Shown::ToViewer) => config.show_to_viewers(),
            (Some(_), Shown::Name) => Value::Object(Map::new()),
        },
        enabled: row.enabled,
        error: error.map(str::to_owned),
        warning: warning.map(str::to_owned),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
