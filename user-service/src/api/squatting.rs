//! What an account loses whose address was not known to be its owner's until a mail was read: somebody else may have
//! registered it, and has ways into it that outlive a new password.

use actix_web::HttpRequest;
use api::{Actor, Operation};
use deadpool_postgres::Transaction;
use serde_json::{Value, json};
use shared::http::identity;

use super::called_by::cause;
use super::linking::AuditedLogin;
use super::{api_keys as keys, linking};
use crate::second_factor::{AuditedFactor, Deed};
use crate::store::audit::{Author, By};
use crate::store::error::StoreError;
use crate::store::{Scope, api_keys, identities, organisations, second_factors};

/// Removes linked logins, API keys and the second factor of a user, who is locked, and notes that in each organisation;
/// answers what it was, for the account's events.
pub(super) async fn remove<O: Operation>(
    tx: &Transaction<'_>,
    request: &HttpRequest,
    user: i64,
) -> Result<Option<Value>, StoreError> {
    let logins = identities::list(tx, user).await?;
    for login in &logins {
        identities::delete(tx, user, login.id).await?;
    }
    let mut key_names = Vec::new();
    for org in organisations::ids_of_user(tx, user).await? {
        let author = Author {
            by: By::Actor(Actor::User(user)),
            scope: Scope::organisation(org),
            action: O::ID,
            address: identity::client_address(request),
            request_id: identity::request_id(request),
        };
        for login in &logins {
            let provider = login.provider.as_str();
            let before = AuditedLogin { provider };
            author.deleted(tx, &linking::resource(login.id), &before).await?;
        }
        for key in api_keys::remove_created_by(tx, author.scope, user).await? {
            author.deleted(tx, &keys::resource(key.id), &key).await?;
            key_names.push(key.name);
        }
    }
    let codes = second_factors::find(tx, user).await?.recovery_codes;
    let had_factor = second_factors::remove(tx, user).await?;
    if had_factor {
        let deed = Deed::of(user, cause::<O>(request));
        deed.note(tx, user, &AuditedFactor::on(codes), &AuditedFactor::OFF)
            .await?;
    }
    if logins.is_empty() && key_names.is_empty() && !had_factor {
        return Ok(None);
    }
    tracing::info!(
        user_id = user,
        "what an account had before its address was verified was removed"
    );
    let logins: Vec<&str> = logins.iter().map(|login| &*login.provider).collect();
    Ok(Some(json!({
        "removed": {"linked_logins": logins, "api_keys": key_names, "second_factor": had_factor},
    })))
}
