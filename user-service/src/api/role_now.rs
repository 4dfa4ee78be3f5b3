//! The role that a caller has now: the credential may say more than is so any more.

use api::{Actor, Operation, Permission, Principal, Role};
use deadpool_postgres::Transaction;
use shared::http::problem::Problem;

use crate::store::{Scope, members, second_factors};

/// The role that the caller of `O` has once it is the [turn](Scope::take_turn) of the transaction.
///
/// # Errors
/// 401 when the caller is no member any more, 403 when the role has not the permission any more, or
/// when the second factor is missing that the organisation demands now.
pub(super) async fn role_now<O: Operation>(
    tx: &Transaction<'_>,
    caller: &Principal,
) -> Result<Role, Problem> {
    let scope = Scope::from(caller);
    scope.take_turn(tx).await?;
    let role = members::role_of(tx, scope, caller.user_id()).await?;
    let role = role.ok_or_else(Problem::unauthorized)?;
    if let Actor::User(user) = caller.actor
        && second_factors::is_missing(tx, scope, user).await?
    {
        return Err(Problem::second_factor_missing());
    }
    match <O::Permission as Permission>::ROLE {
        Some(needed) if role < needed => Err(Problem::forbidden(needed)),
        _ => Ok(role),
    }
}
