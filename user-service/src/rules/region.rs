//! The name of a region that a user asks for. Pure.

use domain::monitor::FieldError;

/// The longest name that a record may have, in bytes.
const MAX_BYTES: usize = 32;

/// What is wrong with a region that is asked for: no record can name it. Producers of their own name regions as they like,
/// so more is right here than what a monitor may name.
pub(crate) fn wrong(asked: Option<&str>) -> Option<FieldError> {
    let name = asked?;
    let is_name = (1..=MAX_BYTES).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    let wrong = || {
        FieldError::new(
            "region",
            format!("must be 1 to {MAX_BYTES} printable ASCII characters without spaces"),
        )
    };
    (!is_name).then(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_record_can_name_is_asked_for() {
        let longest = "a".repeat(32);
        for right in ["eu", "default", "EU-west/1", &longest] {
            assert_eq!(wrong(Some(right)), None, "{right}");
        }
        assert_eq!(wrong(None), None);
        let too_long = "a".repeat(33);
        for no_name in ["", "eu west", "eu\n", "\u{fc}", "\u{0}", &too_long] {
            let wrong = wrong(Some(no_name)).unwrap();
            assert_eq!(wrong.field, "region", "{no_name:?}");
        }
    }
}
