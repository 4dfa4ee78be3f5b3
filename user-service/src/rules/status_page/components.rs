//! The components of a status page, by groups.

use api::{ComponentGroupInput, ComponentInput};
use domain::{ComponentId, MonitorId};

use super::super::errors::Errors;
use super::super::text;
use super::external::{self, External};

pub(crate) const MAX_COMPONENTS: usize = 200;
const MAX_GROUPS: usize = 50;
const MAX_NAME_CHARS: usize = 100;
const MAX_DESCRIPTION_CHARS: usize = 300;

/// Components under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: Option<String>,
    pub(crate) is_open: bool,
    pub(crate) components: Vec<Component>,
}

/// What a page shows the state of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Component {
    /// None for a new one.
    pub(crate) id: Option<ComponentId>,
    /// None while it is to have the name of its monitor.
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) monitor: Option<MonitorId>,
    /// The other status page whose state it has instead.
    pub(crate) external: Option<External>,
    pub(crate) show_history: bool,
    pub(crate) show_uptime: bool,
    pub(crate) show_latency: bool,
}

/// The groups as they are given, of a page that has the `old` ones; nothing when something is wrong.
pub(super) fn valid(
    given: Vec<ComponentGroupInput>,
    old: &[Group],
    errors: &mut Errors,
) -> Option<Vec<Group>> {
    if given.len() > MAX_GROUPS {
        return errors.add("groups", &format!("must be at most {MAX_GROUPS} groups"));
    }
    if given.iter().map(|group| group.components.len()).sum::<usize>() > MAX_COMPONENTS {
        return errors.add(
            "groups",
            &format!("must hold at most {MAX_COMPONENTS} components"),
        );
    }
    let mut left: Vec<ComponentId> = old
        .iter()
        .flat_map(|group| &group.components)
        .filter_map(|component| component.id)
        .collect();
    let mut groups = Vec::with_capacity(given.len());
    for (n, group) in given.into_iter().enumerate() {
        let field = format!("groups.{n}");
        let name = optional(group.name)
            .and_then(|name| errors.keep(text::line(&format!("{field}.name"), &name, MAX_NAME_CHARS)));
        let components = group.components.into_iter().enumerate();
        let components = components
            .map(|(n, component)| read(&format!("{field}.components.{n}"), component, &mut left, errors))
            .collect();
        groups.push(Group {
            name,
            is_open: group.is_open.unwrap_or(true),
            components,
        });
    }
    Some(groups)
}

/// One of them, which takes its id from those that are `left`.
fn read(field: &str, given: ComponentInput, left: &mut Vec<ComponentId>, errors: &mut Errors) -> Component {
    let id = given.id.map(ComponentId);
    if let Some(id) = id {
        match left.iter().position(|one| *one == id) {
            Some(place) => {
                left.swap_remove(place);
            }
            None => {
                let wrong = format!("there is no component {id} left of this page");
                errors.add::<()>(&format!("{field}.id"), &wrong);
            }
        }
    }
    let name = optional(given.name);
    if name.is_none() && given.monitor_id.is_none() {
        errors.add::<()>(
            &format!("{field}.name"),
            "is required of a component without a monitor",
        );
    }
    if given.monitor_id.is_some() && given.external.is_some() {
        errors.add::<()>(
            &format!("{field}.external"),
            "cannot be given together with monitor_id",
        );
    }
    // Of another page only the state is known that it has now.
    let is_external = given.external.is_some();
    for (of, shown) in [
        ("show_history", given.show_history),
        ("show_uptime", given.show_uptime),
        ("show_latency", given.show_latency),
    ] {
        if is_external && shown == Some(true) {
            errors.add::<()>(
                &format!("{field}.{of}"),
                "must be false of a component that shows another status page",
            );
        }
    }
    let external = given
        .external
        .and_then(|given| external::valid(field, given, errors));
    let mut line = |of: &str, given: Option<String>, max| {
        given.and_then(|given| errors.keep(text::line(&format!("{field}.{of}"), &given, max)))
    };
    Component {
        id,
        name: line("name", name, MAX_NAME_CHARS),
        description: line("description", optional(given.description), MAX_DESCRIPTION_CHARS),
        monitor: given.monitor_id.map(MonitorId),
        external,
        show_history: given.show_history.unwrap_or(!is_external),
        show_uptime: given.show_uptime.unwrap_or(!is_external),
        show_latency: given.show_latency.unwrap_or(false),
    }
}

/// What says nothing is not there.
fn optional(given: Option<String>) -> Option<String> {
    given.filter(|text| !text.trim().is_empty())
}
