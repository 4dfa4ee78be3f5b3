//! Channels of WhatsApp, as what Meta reports is for.

use deadpool_postgres::GenericClient;
use domain::channel::{Config, Kind, WhatsAppCallback, WhatsAppConfig};
use domain::{ChannelId, OrgId};
use shared::crypto::Keyring;

use super::Scope;
use super::channels::{COLUMNS, ChannelRow};
use super::error::StoreError;

/// What is known of a channel that takes reports.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) org_id: OrgId,
    /// Signs what is reported.
    pub(crate) app_secret: String,
    pub(crate) callback: WhatsAppCallback,
}

/// A channel whose messages an app sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppChannel {
    pub(crate) id: ChannelId,
    /// The number that they go to.
    pub(crate) to_number: String,
}

fn config(row: &ChannelRow, keyring: &Keyring) -> Option<WhatsAppConfig> {
    match row.open(keyring) {
        Some(Config::WhatsApp(config)) => Some(config),
        _ => None,
    }
}

/// The channel, if it takes reports; whoever asks has yet to prove that it may.
pub(crate) async fn receiver(
    client: &impl GenericClient,
    keyring: &Keyring,
    id: ChannelId,
) -> Result<Option<Receiver>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE id = $1 AND kind = $2");
    let row = client.query_opt(&sql, &[&id.0, &Kind::WhatsApp.as_str()]).await?;
    let Some(row) = row else { return Ok(None) };
    let row = ChannelRow::read(&row)?;
    let found = config(&row, keyring).and_then(|config| config.app_secret.zip(config.callback));
    Ok(found.map(|(app_secret, callback)| Receiver {
        org_id: row.org_id,
        app_secret,
        callback,
    }))
}

/// The channels of an organisation whose app has this secret: Meta calls one address for all that is sent by an app. They
/// are not more than an organisation may have.
pub(crate) async fn of_app(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    app_secret: &str,
) -> Result<Vec<AppChannel>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE org_id = $1 AND kind = $2 ORDER BY id");
    let kind = Kind::WhatsApp.as_str();
    let rows = client.query(&sql, &[scope.org_id(), &kind]).await?;
    let mut channels = Vec::new();
    for row in rows {
        let row = ChannelRow::read(&row)?;
        let of_app = config(&row, keyring).filter(|it| it.app_secret.as_deref() == Some(app_secret));
        channels.extend(of_app.map(|config| AppChannel {
            id: row.id,
            to_number: config.to_number,
        }));
    }
    Ok(channels)
}
