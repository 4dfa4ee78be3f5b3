//! Which monitors have a definition that cannot be read. SQL cannot tell; what reads all of them notes it.

use deadpool_postgres::GenericClient;
use domain::MonitorId;

/// A monitor of which something else is noted than is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    id: MonitorId,
    /// The version that cannot be read.
    unreadable: Option<i32>,
}

impl Note {
    /// What is to be noted of a monitor in this `version`, if that differs from what was `noted`.
    pub(crate) fn of(id: MonitorId, version: i32, is_readable: bool, noted: Option<i32>) -> Option<Self> {
        let unreadable = (!is_readable).then_some(version);
        (unreadable != noted).then_some(Self { id, unreadable })
    }
}

/// Notes it.
pub(crate) async fn note(client: &impl GenericClient, notes: &[Note]) -> Result<(), tokio_postgres::Error> {
    if notes.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = notes.iter().map(|note| note.id.0).collect();
    let versions: Vec<Option<i32>> = notes.iter().map(|note| note.unreadable).collect();
    let sql = "UPDATE monitors m SET unreadable_version = n.version
               FROM unnest($1::bigint[], $2::int[]) AS n (id, version) WHERE m.id = n.id";
    client.execute(sql, &[&ids, &versions]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_noted() {
        let of = |is_readable, noted| {
            let note = Note::of(MonitorId(1), 7, is_readable, noted);
            note.map(|note| note.unreadable)
        };
        assert_eq!(of(true, None), None);
        assert_eq!(of(false, Some(7)), None);
        assert_eq!(of(false, None), Some(Some(7)));
        assert_eq!(of(false, Some(6)), Some(Some(7)));
        assert_eq!(of(true, Some(7)), Some(None));
    }
}
