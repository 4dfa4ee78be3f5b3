//! Pages of lists: a limit, and a cursor that names the last item of the page before.

use api::Page;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::http::problem::Problem;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// The first `limit` of `items`; one more says that there is a next page.
pub(crate) fn cut<T, P: Serialize>(mut items: Vec<T>, limit: usize, position: impl Fn(&T) -> P) -> Page<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    of(items, more, position)
}

/// The page, after which the next one begins at a position where no more was looked at, unless it is full.
pub(crate) fn ending_at<T, P: Serialize>(page: Page<T>, end: Option<P>) -> Page<T> {
    let end = end.as_ref().map(encode);
    Page {
        next_cursor: page.next_cursor.or(end),
        ..page
    }
}

/// A page of these items, after which there are more or not.
pub(crate) fn of<T, P: Serialize>(items: Vec<T>, more: bool, position: impl Fn(&T) -> P) -> Page<T> {
    let last = items.last().filter(|_| more);
    Page {
        next_cursor: last.map(|item| encode(&position(item))),
        items,
    }
}

/// How many items a page has.
///
/// # Errors
/// 400 outside of 1..200.
pub(crate) fn limit(given: Option<u32>) -> Result<usize, Problem> {
    limit_up_to(MAX_LIMIT, given)
}

/// How many items a page has that may have more than most.
///
/// # Errors
/// 400 outside of 1..`most`.
pub(crate) fn limit_up_to(most: u32, given: Option<u32>) -> Result<usize, Problem> {
    let limit = given.unwrap_or(DEFAULT_LIMIT);
    match (1..=most).contains(&limit) {
        true => Ok(limit as usize),
        false => Err(Problem::bad_request(format!("limit must be 1 to {most}"))),
    }
}

/// Requires that a text in a query is one that a row may hold.
///
/// # Errors
/// 400 for a control character.
pub(crate) fn text(name: &str, given: Option<&str>) -> Result<(), Problem> {
    match given.is_some_and(|text| text.chars().any(char::is_control)) {
        true => Err(Problem::bad_request(format!(
            "{name} must not contain a control character"
        ))),
        false => Ok(()),
    }
}

fn encode(position: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).unwrap_or_default())
}

/// The position that a cursor names.
///
/// # Errors
/// 400 for a cursor that no list has answered.
pub(crate) fn position<P: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<P>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        // What no row holds.
        .filter(|json| !json.contains("\\u0000"))
        .and_then(|json| serde_json::from_str(&json).ok())
        .map(Some)
        .ok_or_else(|| Problem::bad_request("the cursor is not one that a list has answered"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_there_when_there_is_more_and_leads_on() {
        let page = cut(vec![1, 2, 3], 2, |item| *item);
        assert_eq!(page.items, [1, 2]);
        let cursor = page.next_cursor.unwrap();
        assert_eq!(position::<i64>(Some(&cursor)).unwrap(), Some(2));
        let whole = || cut(vec![1, 2], 2, |item| *item);
        assert!(whole().next_cursor.is_none());
        assert!(ending_at(whole(), None::<i64>).next_cursor.is_none());
        let leads_to = |page: Page<i64>| position::<i64>(page.next_cursor.as_deref()).unwrap();
        assert_eq!(leads_to(ending_at(whole(), Some(7))), Some(7));
        let full = cut(vec![1, 2, 3], 2, |item| *item);
        assert_eq!(
            leads_to(ending_at(full, Some(7))),
            Some(2),
            "there is more before"
        );
    }

    #[test]
    fn made_up_cursors_and_limits_are_refused() {
        let nul = encode(&(1, "\u{0}"));
        for cursor in ["", "2", "%%%", "bm9wZQ", &nul] {
            assert!(position::<(i64, String)>(Some(cursor)).is_err(), "{cursor}");
        }
        assert!(limit(Some(0)).is_err() && limit(Some(201)).is_err());
        assert_eq!(limit(None).unwrap(), 50);
    }
}
