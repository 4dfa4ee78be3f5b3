//! What a team may be. Pure.

use std::collections::HashSet;

use api::TeamInput;
use domain::monitor::FieldError;

use super::errors::Errors;
use super::text;

/// Members of a team, at most.
const MAX_MEMBERS: usize = 100;

/// What a valid team is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Team {
    pub(crate) name: String,
    /// By the user's id, in their order.
    pub(crate) members: Vec<i64>,
}

impl Team {
    /// The team that the fields make of `old`, or of nothing. Whether the members are any is not looked at.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn apply(input: TeamInput, old: Option<&Self>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = match (input.name, old) {
            (None, Some(old)) => Some(old.name.clone()),
            (name, _) => errors.keep(text::name(name.as_deref().unwrap_or_default())),
        };
        let members = match (input.members, old) {
            // Whoever has left may have been the last one.
            (None, Some(old)) => Some(old.members.clone()),
            (None, None) => errors.add("members", "is required"),
            (Some(given), _) => members(given, &mut errors),
        };
        match (name, members) {
            (Some(name), Some(members)) => Ok(Self { name, members }),
            _ => Err(errors.0),
        }
    }

    /// Each member with the path of its field.
    pub(crate) fn named(&self) -> Vec<(String, i64)> {
        let members = self.members.iter().enumerate();
        members
            .map(|(index, id)| (format!("members.{index}"), *id))
            .collect()
    }
}

fn members(given: Vec<i64>, errors: &mut Errors) -> Option<Vec<i64>> {
    if !(1..=MAX_MEMBERS).contains(&given.len()) {
        return errors.add("members", &format!("must name 1 to {MAX_MEMBERS} members"));
    }
    let mut seen = HashSet::new();
    let twice: Vec<usize> = (0..given.len())
        .filter(|&index| !seen.insert(given[index]))
        .collect();
    for index in &twice {
        errors.add::<()>(&format!("members.{index}"), "is named twice");
    }
    twice.is_empty().then_some(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, members: &[i64]) -> TeamInput {
        TeamInput {
            name: Some(name.to_owned()),
            members: Some(members.to_vec()),
        }
    }

    #[test]
    fn a_team_has_a_name_and_members_each_once() {
        let team = Team::apply(input(" Payments ", &[2, 1]), None).unwrap();
        assert_eq!(
            (team.name.as_str(), team.members.as_slice()),
            ("Payments", &[2, 1][..])
        );
        let wrong = |input: TeamInput| {
            let errors = Team::apply(input, None).unwrap_err();
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(TeamInput::default()), ["name", "members"]);
        assert_eq!(wrong(input("", &[])), ["name", "members"]);
        assert_eq!(wrong(input("a", &[1, 2, 1, 2])), ["members.2", "members.3"]);
        let many: Vec<i64> = (0..101).collect();
        assert_eq!(wrong(input("a", &many)), ["members"]);
        assert!(Team::apply(input("a", &many[1..]), None).is_ok());
    }

    #[test]
    fn what_a_change_leaves_out_stays_also_when_all_have_left() {
        let old = Team {
            name: "Payments".to_owned(),
            members: Vec::new(),
        };
        assert_eq!(Team::apply(TeamInput::default(), Some(&old)).as_ref(), Ok(&old));
        let renamed = TeamInput {
            name: Some("Shop".to_owned()),
            members: None,
        };
        assert_eq!(Team::apply(renamed, Some(&old)).unwrap().name, "Shop");
    }
}
