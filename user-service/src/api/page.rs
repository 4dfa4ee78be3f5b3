//! Pages of lists: a limit, and a cursor that names the last item of the page before.

use api::Page;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
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
        as_of: None,
    }
}

/// A position in a list as of an instant.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AsOf<P> {
    as_of: Timestamp,
    after: P,
}

/// As [`cut`], of a list as of an instant, if that was asked for: its cursor leads on in the list as of the same instant.
pub(crate) fn cut_as_of<T, P: Serialize>(
    items: Vec<T>,
    limit: usize,
    as_of: Option<Timestamp>,
    position: impl Fn(&T) -> P,
) -> Page<T> {
    let page = match as_of {
        None => cut(items, limit, position),
        Some(as_of) => cut(items, limit, |item| AsOf {
            as_of,
            after: position(item),
        }),
    };
    Page { as_of, ..page }
}

/// A page of a list as of an instant, after which the next one begins at a position: where no more was looked at.
pub(crate) fn leading_on<T, P: Serialize>(items: Vec<T>, end: Option<P>, as_of: Timestamp) -> Page<T> {
    Page {
        items,
        next_cursor: end.map(|after| encode(&AsOf { as_of, after })),
        as_of: Some(as_of),
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
        .ok_or_else(unknown_cursor)
}

/// As [`position`], in a list as of an instant: that of the cursor, which is the one that is asked for if any is.
///
/// # Errors
/// 400 for a cursor that no list has answered, and for one of a list as of another instant.
pub(crate) fn position_as_of<P: DeserializeOwned>(
    cursor: Option<&str>,
    at: Option<Timestamp>,
) -> Result<(Option<P>, Option<Timestamp>), Problem> {
    let Some(found) = position::<Value>(cursor)? else {
        return Ok((None, at));
    };
    // A list would be read as the fields of an object.
    let (after, as_of) = match found.is_object() {
        true => {
            let AsOf { as_of, after } = serde_json::from_value(found).map_err(|_| unknown_cursor())?;
            (after, Some(as_of))
        }
        false => (serde_json::from_value(found).map_err(|_| unknown_cursor())?, None),
    };
    match at.is_none() || at == as_of {
        true => Ok((Some(after), as_of)),
        false => Err(Problem::bad_request(
            "the cursor is one of the list as of another instant than `at`",
        )),
    }
}

fn unknown_cursor() -> Problem {
    Problem::bad_request("the cursor is not one that a list has answered")
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
    fn a_cursor_leads_on_as_of_the_same_instant_alone() {
        let [at, other] = [1_000, 2_000].map(Timestamp::from_millis);
        let page = cut_as_of(vec![1, 2, 3], 2, Some(at), |item| (*item, "x".to_owned()));
        assert_eq!((&*page.items, page.as_of), (&[1, 2][..], Some(at)));
        let cursor = page.next_cursor.unwrap();
        type Found = (Option<(i64, String)>, Option<Timestamp>);
        let read = |cursor: &str, at| position_as_of::<(i64, String)>(Some(cursor), at);
        let expected: Found = (Some((2, "x".to_owned())), Some(at));
        for given in [None, Some(at)] {
            assert_eq!(read(&cursor, given).unwrap(), expected);
        }
        assert!(read(&cursor, Some(other)).is_err());
        assert!(
            position::<(i64, String)>(Some(&cursor)).is_err(),
            "of no list of now"
        );
        let page = leading_on(Vec::<i64>::new(), Some((2, "x".to_owned())), at);
        assert_eq!(read(&page.next_cursor.unwrap(), None).unwrap(), expected);
        assert_eq!(leading_on(vec![1], None::<i64>, at).next_cursor, None);
        let page = cut_as_of(vec![1, 2, 3], 2, None, |item| (*item, "x".to_owned()));
        assert_eq!(page.as_of, None);
        let of_now = page.next_cursor.unwrap();
        let expected: Found = (Some((2, "x".to_owned())), None);
        assert_eq!(read(&of_now, None).unwrap(), expected);
        assert!(read(&of_now, Some(at)).is_err());
        let first: Found = (None, Some(at));
        assert_eq!(position_as_of::<(i64, String)>(None, Some(at)).unwrap(), first);
        // What looks like either, and is neither.
        for made_up in [
            encode(&(at, (2, "x"))),
            encode(&serde_json::json!({"as_of": at})),
            encode(&serde_json::json!({"as_of": at, "after": 2})),
            encode(&serde_json::json!({"as_of": at, "after": [2, "x"], "more": 1})),
        ] {
            assert!(read(&made_up, None).is_err(), "{made_up}");
        }
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
