//! Which rows a query may see.

use api::Principal;
use deadpool_postgres::Transaction;
use domain::OrgId;

/// The rows of an organisation that somebody may see. Each query of an organisation's rows takes one, and a caller of
/// the API can only get its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope(OrgId);

impl Scope {
    /// All rows of an organisation, for the other services.
    pub(crate) fn organisation(org: OrgId) -> Self {
        Self(org)
    }

    /// Whose rows they are.
    pub(crate) fn org(self) -> OrgId {
        self.0
    }

    /// Has those who add something to the organisation wait for each other until their transactions end, so that they
    /// cannot pass a limit together. The statement that counts comes after it: it sees what the others have committed.
    pub(crate) async fn take_turn(&self, tx: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        let lock = "SELECT FROM organisations WHERE id = $1 FOR NO KEY UPDATE";
        tx.execute(lock, &[self.org_id()]).await?;
        Ok(())
    }

    /// The organisation's id, as a parameter of a statement.
    pub(crate) fn org_id(&self) -> &i64 {
        &self.0.0
    }
}

impl From<&Principal> for Scope {
    fn from(principal: &Principal) -> Self {
        Self(principal.org_id)
    }
}
