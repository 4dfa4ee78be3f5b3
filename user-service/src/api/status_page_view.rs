//! Status pages as they are answered.

use api::{
    AccessKind, Component, ComponentGroup, CustomDomain, ExternalStatus, StatusPage, StatusPageAccess,
};
use domain::ComponentId;

use crate::rules::status_page as rules;
use crate::status_pages::StatusPages;
use crate::status_pages::proof::record_name;
use crate::store::status_pages::PageRow;

/// A page as members of its organisation see it.
pub(super) fn view(pages: &StatusPages, row: &PageRow) -> StatusPage {
    let rules::Page {
        settings,
        access,
        host,
        groups,
    } = &row.page;
    StatusPage {
        id: row.id,
        slug: settings.slug.clone(),
        url: pages.url_of(row),
        title: settings.title.clone(),
        description: settings.description.clone(),
        contact_url: settings.contact_url.clone(),
        published: settings.published,
        accent_colour: settings.accent_colour.clone(),
        theme: settings.theme,
        locale: settings.locale,
        time_zone: settings.time_zone.name().to_owned(),
        allow_index: settings.allow_index,
        history_days: settings.history_days,
        show_maintenance: settings.show_maintenance,
        report_automatically_after_minutes: settings.report_after_minutes,
        has_logo: row.logo.is_some(),
        access: StatusPageAccess {
            kind: access.kind,
            has_password: access.kind == AccessKind::Password && row.password_hash.is_some(),
            email_domains: access.email_domains.clone(),
            networks: access.networks.iter().map(ToString::to_string).collect(),
        },
        custom_domain: host
            .as_ref()
            .zip(row.proof.as_ref())
            .map(|(host, proof)| CustomDomain {
                host: host.clone(),
                record_name: record_name(host),
                record_value: proof.token.clone(),
                proven_at: proof.proven_at,
                checked_at: proof.checked_at,
                problem: proof.problem.clone(),
            }),
        groups: groups.iter().map(|group| group_view(row, group)).collect(),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn group_view(row: &PageRow, group: &rules::Group) -> ComponentGroup {
    let components = group.components.iter().map(|component| {
        let monitor = component.monitor.and_then(|id| row.monitors.get(&id.0));
        Component {
            // Each that is stored has both.
            id: component.id.unwrap_or(ComponentId(0)),
            name: component.name.clone().unwrap_or_default(),
            description: component.description.clone(),
            monitor_id: component.monitor,
            monitor_name: monitor.map(|monitor| monitor.name.clone()),
            monitor_state: monitor.map(|monitor| monitor.state),
            external: component
                .external
                .as_ref()
                .map(|external| external_view(row, external)),
            show_history: component.show_history,
            show_uptime: component.show_uptime,
            show_latency: component.show_latency,
        }
    });
    ComponentGroup {
        name: group.name.clone(),
        is_open: group.is_open,
        components: components.collect(),
    }
}

fn external_view(row: &PageRow, external: &rules::External) -> ExternalStatus {
    let known = row.externals.get(&external.url).cloned().unwrap_or_default();
    let component = external.component.as_deref();
    ExternalStatus {
        url: external.url.clone(),
        component: external.component.clone(),
        state: known.of(component).state_at(shared::now()),
        read_at: known.read_at(),
        problem: known.problem(component),
    }
}
