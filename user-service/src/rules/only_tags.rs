//! To which tags somebody may be narrowed.

use api::Role;
use domain::monitor::FieldError;

use super::tag;

/// The names, each once; none for everything.
///
/// # Errors
/// What is wrong with the field `only_tags`.
pub(crate) fn valid(given: Option<Vec<String>>, role: Role) -> Result<Option<Vec<String>>, FieldError> {
    let wrong = |message: String| FieldError::new("only_tags", message);
    let Some(given) = given else { return Ok(None) };
    if role >= Role::Admin {
        let message = format!(
            "must be null for the role {}, which sees everything",
            role.as_str()
        );
        return Err(wrong(message));
    }
    if given.is_empty() {
        return Err(wrong("must name a tag, or be null for all monitors".to_owned()));
    }
    match tag::names(&given) {
        Ok(names) => Ok(Some(names)),
        Err(error) => Err(wrong(error.message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_narrowed_has_a_tag_and_no_great_role() {
        let tags = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(valid(None, Role::Owner), Ok(None));
        assert_eq!(valid(tags(&[" eu ", "EU"]), Role::Editor), Ok(tags(&["eu"])));
        for (given, role) in [
            (tags(&["eu"]), Role::Admin),
            (tags(&["eu"]), Role::Owner),
            (tags(&[]), Role::Viewer),
            (tags(&["a,b"]), Role::Viewer),
        ] {
            assert_eq!(valid(given, role).unwrap_err().field, "only_tags");
        }
    }
}
