//! Channels as they are answered.

use std::collections::HashMap;

use api::{
    Channel, ChannelCallback, ManageChannels, NumberConfirmation, NumberState, Operation, Page, PageQuery,
    Permission as _, Principal,
};
use deadpool_postgres::GenericClient;
use domain::ChannelId;
use domain::channel::{Config, Kind, WebhookConfig};
use domain::internal::SealedChannel;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use shared::http::call::Reply;
use shared::http::problem::Problem;

use super::page;
use crate::app::App;
use crate::mail_server;
use crate::rules::recipients::KnownRecipients;
use crate::store::channel_confirmations::{self, Unconfirmed};
use crate::store::channels::{self, ChannelRow, Whose};
use crate::store::{Scope, recipients};

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
pub(super) enum Shown {
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
    /// What somebody sees of the channels of these.
    pub(super) fn to(caller: &Principal, whose: Whose) -> Self {
        match Some(caller.role) < ManageChannels::ROLE {
            _ if whose != Whose::Organisation => Self::Hidden,
            _ if caller.narrowed => Self::Name,
            true => Self::ToViewer,
            false => Self::Hidden,
        }
    }

    pub(super) fn to_editor(secret_is_new: bool) -> Self {
        match secret_is_new {
            true => Self::New,
            false => Self::Hidden,
        }
    }
}

/// Who was asked to confirm, as far as that concerns the channels that are shown.
#[derive(Debug, Default)]
struct Asked {
    recipients: Option<KnownRecipients>,
    /// Numbers that are not confirmed.
    numbers: HashMap<ChannelId, Unconfirmed>,
}

/// A page of channels.
pub(super) async fn list<O: Operation<Answer = Page<Channel>>>(
    app: &App,
    caller: &Principal,
    whose: Whose,
    query: &PageQuery,
) -> Result<Reply<O>, Problem> {
    let limit = page::limit(query.limit)?;
    let after: Option<ChannelId> = page::position(query.cursor.as_deref())?;
    let (client, scope) = (app.pool.get().await?, Scope::from(caller));
    let rows = channels::list(&client, scope, whose).await?;
    let rows = rows
        .into_iter()
        .filter(|row| after.is_none_or(|after| row.id > after));
    let rows: Vec<ChannelRow> = rows.collect();
    let has_no_mail_server = rows.iter().any(is_mail) && mail_server::is_missing(app).await;
    let asked = Asked {
        recipients: match rows.iter().any(is_mail) {
            true => Some(recipients::known(&client, scope, app.verify_recipients).await?),
            false => None,
        },
        numbers: match rows.iter().any(|row| row.unconfirmed) {
            true => channel_confirmations::unconfirmed(&client, scope).await?,
            false => HashMap::new(),
        },
    };
    let shown = Shown::to(caller, whose);
    let views = rows.into_iter().map(|row| {
        let is_mute = has_no_mail_server && is_mail(&row);
        with_error(view(app, row, shown, &asked), is_mute)
    });
    let views = views.collect();
    Ok(Reply::new(page::cut(views, limit, |view: &Channel| view.id)))
}

/// A channel as it is now.
pub(super) async fn one<O: Operation<Answer = Channel>>(
    app: &App,
    caller: &Principal,
    whose: Whose,
    id: ChannelId,
) -> Result<Reply<O>, Problem> {
    let client = app.pool.get().await?;
    let row = channels::find(&client, Scope::from(caller), whose, id).await?;
    let is_mute = is_mail(&row) && mail_server::is_missing(app).await;
    let channel = shown(app, &client, row, Shown::to(caller, whose)).await?;
    Ok(Reply::new(with_error(channel, is_mute)))
}

/// The channel, with what its recipients have said.
pub(super) async fn shown(
    app: &App,
    client: &impl GenericClient,
    row: ChannelRow,
    secrets: Shown,
) -> Result<Channel, Problem> {
    let scope = Scope::organisation(row.org_id);
    let asked = Asked {
        recipients: match is_mail(&row) {
            true => Some(recipients::known(client, scope, app.verify_recipients).await?),
            false => None,
        },
        numbers: match row.unconfirmed {
            true => channel_confirmations::unconfirmed(client, scope).await?,
            false => HashMap::new(),
        },
    };
    Ok(view(app, row, secrets, &asked))
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

/// What the audit log keeps of a channel: people's addresses, which are stored sealed, only by where they are, and of what
/// is hidden of a webhook's requests whether it has changed.
pub(super) fn audited(app: &App, row: ChannelRow) -> Channel {
    let webhook = match row.open(&app.keyring) {
        Some(Config::Webhook(webhook)) => Some(webhook),
        _ => None,
    };
    let context = SealedChannel::seal_context(row.org_id);
    let mut channel = view(app, row, Shown::ToViewer, &Asked::default());
    if let Some(webhook) = webhook {
        mark_hidden(&mut channel.config, &webhook, |text| {
            digest(&app.keyring.seal_stable(&context, text.as_bytes()))
        });
    }
    if let Some(Value::Array(addresses)) = channel.config.get_mut("to") {
        for address in addresses {
            let host = address.as_str().and_then(|text| text.rsplit_once('@'));
            *address = host.map_or(Value::Null, |(_, host)| format!("…@{host}").into());
        }
    }
    channel
}

/// Marks the template of the body and the values of headers, so that it is seen where one of them has changed.
fn mark_hidden(shown: &mut Value, webhook: &WebhookConfig, mark: impl Fn(&str) -> String) {
    let mark = |text: &str| Value::from(format!("*** (digest {})", mark(text)));
    if let Some(body) = &webhook.body {
        shown["body"] = mark(body);
    }
    let hidden = shown.get_mut("headers").and_then(Value::as_array_mut);
    for (header, shown) in webhook.headers.iter().flatten().zip(hidden.into_iter().flatten()) {
        shown["value"] = mark(&header.value);
    }
}

/// The beginning of the digest of what was sealed: only who has the key can tell what a short secret was.
fn digest(sealed: &[u8]) -> String {
    let digest = Sha256::digest(sealed);
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Where the service of the channel reports to, for whoever may enter it there.
fn callback(app: &App, id: ChannelId, config: &Config, secrets: Shown) -> Option<ChannelCallback> {
    let (Config::WhatsApp(config), Shown::New | Shown::Hidden) = (config, secrets) else {
        return None;
    };
    let callback = config.callback.as_ref()?;
    Some(ChannelCallback {
        url: format!("{}/hooks/whatsapp/{id}/{}", app.mailer.public_url, callback.key),
        verify_token: callback.verify_token.clone(),
    })
}

/// Whether the number of a channel of somebody's own is confirmed; none where there is no number.
fn confirmation(row: &ChannelRow, asked: &Asked) -> Option<NumberConfirmation> {
    let has_number = row.owner.is_some() && Kind::parse(&row.kind).is_some_and(Kind::reaches_a_phone);
    has_number.then(|| match row.unconfirmed {
        true => {
            let known = asked.numbers.get(&row.id).cloned().unwrap_or_default();
            NumberConfirmation {
                state: NumberState::Waiting,
                asked_at: known.asked_at,
                expires_at: known.expires_at,
                error: known.error,
            }
        }
        false => NumberConfirmation {
            state: NumberState::Confirmed,
            asked_at: None,
            expires_at: None,
            error: None,
        },
    })
}

fn view(app: &App, row: ChannelRow, secrets: Shown, asked: &Asked) -> Channel {
    let confirmation = confirmation(&row, asked);
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
        callback: config
            .as_ref()
            .and_then(|config| callback(app, row.id, config, secrets)),
        recipients: match (&config, &asked.recipients) {
            (Some(Config::Email(config)), Some(recipients)) if !matches!(secrets, Shown::Name) => {
                Some(recipients.view(config, shared::now()))
            }
            _ => None,
        },
        confirmation,
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
