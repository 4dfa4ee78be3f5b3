//! Which silences are seen, and what of them.

use crate::store::only_tags::sees_tag;
use crate::store::scope::{sees, sees_everything};
use crate::store::seen_monitors;

/// The columns that [`super::SilenceRow::read`] reads of a silence `s`. Who has made it is not named once they have left,
/// nor to who does not see everything.
pub(super) fn columns(org: usize, who: usize) -> String {
    format!(
        "s.id, s.reason, s.conditions, s.starts_at, s.ends_at, s.version, s.created_at, s.updated_at,
         (SELECT u.name FROM memberships m JOIN users u ON u.id = m.user_id
          WHERE m.org_id = s.org_id AND m.user_id = s.created_by AND {everything}) AS created_by,
         CASE WHEN NOT {everything} THEN ARRAY(
             SELECT t.id FROM tags t WHERE t.org_id = ${org} AND s.conditions->'tags' @> to_jsonb(t.id) AND {seen_tag}
         ) END AS seen_tags,
         {monitors}",
        everything = sees_everything(org, who),
        seen_tag = sees_tag("t.id", org, who),
        monitors = seen_monitors::columns("s", org, who)
    )
}

/// The condition that a silence `s` is seen: it names a monitor that is seen, or is of all, or of those with a tag which one
/// has that is seen.
pub(super) fn is_seen(org: usize, who: usize) -> String {
    format!(
        "({everything} OR ({named} AND (s.monitors <> '{{}}' OR coalesce(s.conditions->'tags', '[]') = '[]' OR EXISTS (
             SELECT FROM monitor_tags mt JOIN monitors m ON m.id = mt.monitor_id
             WHERE m.org_id = ${org} AND m.deleted_at IS NULL AND s.conditions->'tags' @> to_jsonb(mt.tag_id)
               AND {seen}))))",
        everything = sees_everything(org, who),
        named = seen_monitors::is_seen("s", org, who),
        seen = sees("mt.monitor_id", org, who),
    )
}
