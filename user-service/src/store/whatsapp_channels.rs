//! Channels of WhatsApp, as what Meta reports is for.

use deadpool_postgres::GenericClient;
use domain::channel::{Config, Kind, WhatsAppCallback};
use domain::{ChannelId, OrgId};
use shared::crypto::Keyring;

use super::Scope;
use super::channels::{COLUMNS, ChannelRow};
use super::error::StoreError;

/// Channels of one Meta app that are gone through for a report, at most.
const MAX_OF_AN_APP: usize = 100;

/// What is known of a channel that takes reports.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) org_id: OrgId,
    /// Signs what is reported.
    pub(crate) app_secret: String,
    pub(crate) callback: WhatsAppCallback,
}

fn secrets(row: &ChannelRow, keyring: &Keyring) -> Option<(String, WhatsAppCallback)> {
    match row.open(keyring) {
        Some(Config::WhatsApp(config)) => config.app_secret.zip(config.callback),
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
    let found = secrets(&row, keyring);
    Ok(found.map(|(app_secret, callback)| Receiver {
        org_id: row.org_id,
        app_secret,
        callback,
    }))
}

/// The channel whose address was called, and the others of its organisation whose app has the same secret: Meta calls one
/// address for all that is sent by an app.
pub(crate) async fn of_app(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    app_secret: &str,
    called: ChannelId,
) -> Result<Vec<ChannelId>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE org_id = $1 AND kind = $2 ORDER BY id");
    let kind = Kind::WhatsApp.as_str();
    let rows = client.query(&sql, &[scope.org_id(), &kind]).await?;
    let mut channels = vec![called];
    for row in rows {
        let row = ChannelRow::read(&row)?;
        let is_of_app = secrets(&row, keyring).is_some_and(|(secret, _)| secret == app_secret);
        if is_of_app && row.id != called && channels.len() < MAX_OF_AN_APP {
            channels.push(row.id);
        }
    }
    Ok(channels)
}
