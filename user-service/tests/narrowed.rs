//! Members and API keys that are narrowed to tags: what they see of each operation, and what they may not touch.

use crate::common::UserService;
use crate::common::scene::{Caller, Scene, Things, key, member, scene};
use http::Method;

/// What somebody who is narrowed gets of an operation.
#[derive(Clone, Copy, Debug)]
enum Narrowed {
    /// 403: it concerns the whole organisation.
    Refused,
    /// What the path names is there when it is of a monitor inside, else 404. With this body.
    Item(&'static str),
    /// Items of monitors inside; this field of one names its monitor.
    List(&'static str),
    /// As everybody: it concerns the own account, or no monitor.
    Own,
    /// What is created or counted has tests of its own (`narrowed_rules.rs`), and so have heartbeats (`heartbeats.rs`),
    /// SLA reports (`sla_reports.rs`), backtests (`backtests/asked.rs`), silences (`silences/narrowed.rs`) and drills
    /// (`drills/narrowed.rs`).
    Apart,
    /// The gateway answers it, and has tests of its own (`gateway/tests/narrowed.rs`).
    ByGateway,
}

/// A new operation has no answer here, and fails.
fn answer(operation: &str) -> Narrowed {
    use Narrowed::{Apart, ByGateway, Item, List, Own, Refused};
    match operation {
        "Register"
        | "Login"
        | "Refresh"
        | "Logout"
        | "SwitchOrganisation"
        | "VerifyEmail"
        | "RequestPasswordReset"
        | "ResetPassword"
        | "ListProviders"
        | "StartSignIn"
        | "StartInvitedSignIn"
        | "FinishSignIn"
        | "LoginSecondFactor"
        | "GetMe"
        | "EditMe"
        | "ChangePassword"
        | "ChangeEmail"
        | "CancelEmailChange"
        | "ResendVerification"
        | "ListSessions"
        | "EndSession"
        | "EndAllSessions"
        | "ListIdentities"
        | "LinkIdentity"
        | "UnlinkIdentity"
        | "ConfirmIdentity"
        | "GetSecondFactor"
        | "EnrolSecondFactor"
        | "ConfirmSecondFactor"
        | "RegenerateRecoveryCodes"
        | "DisableSecondFactor"
        | "ListAccountEvents"
        | "GetAccountDeletion"
        | "DeleteAccount"
        | "CancelAccountDeletion"
        | "ListExports"
        | "ExportAccount"
        | "OpenExport"
        | "GetExportPart"
        | "ListOrganisations"
        | "CreateOrganisation"
        | "GetOrganisation"
        | "LeaveOrganisation"
        | "GetOrganisationDeletion"
        | "GetInvitation"
        | "AcceptInvitation"
        | "GetEmailRecipient"
        | "ConfirmEmailRecipient"
        | "DeclineEmailRecipient"
        | "GetLinkedIncident"
        | "AcknowledgeByLink"
        | "ListOwnChannels"
        | "CreateOwnChannel"
        | "GetOwnChannel"
        | "EditOwnChannel"
        | "DeleteOwnChannel"
        | "ResendOwnConfirmation"
        | "ConfirmOwnChannel"
        | "GetOwnQuietHours"
        | "SetOwnQuietHours"
        | "ListCalendarFeeds"
        | "CreateCalendarFeed"
        | "DeleteCalendarFeed"
        | "GetCalendar"
        | "PreviewSchedule"
        | "ListRegions" => Own,
        "GetUsage"
        | "DeleteOrganisation"
        | "CancelOrganisationDeletion"
        | "ExportOrganisation"
        | "EditOrganisation"
        | "ListMembers"
        | "EditMember"
        | "RemoveMember"
        | "ListInvitations"
        | "InviteMember"
        | "ResendInvitation"
        | "WithdrawInvitation"
        | "ListApiKeys"
        | "CreateApiKey"
        | "RevokeApiKey"
        | "ListAuditEvents"
        | "RotatePingKey"
        | "CreateTag"
        | "EditTag"
        | "DeleteTag"
        | "CreateChannel"
        | "EditChannel"
        | "DeleteChannel"
        | "TestChannel"
        | "ResendDelivery"
        | "ResendConfirmation"
        | "ListSlaSchedules"
        | "CreateSlaSchedule"
        | "EditSlaSchedule"
        | "DeleteSlaSchedule"
        | "ListStatusReports"
        | "CreateStatusReport"
        | "GetStatusReport"
        | "EditStatusReport"
        | "DeleteStatusReport"
        | "AddReportUpdate"
        | "EditReportUpdate"
        | "DraftStatusReports"
        | "ListAlertRoutes"
        | "CreateAlertRoute"
        | "OrderAlertRoutes"
        | "GetAlertRoute"
        | "EditAlertRoute"
        | "DeleteAlertRoute"
        | "ListEscalationPolicies"
        | "CreateEscalationPolicy"
        | "GetEscalationPolicy"
        | "EditEscalationPolicy"
        | "DeleteEscalationPolicy"
        | "ListTeams"
        | "CreateTeam"
        | "GetTeam"
        | "EditTeam"
        | "DeleteTeam"
        | "ListOnCallSchedules"
        | "CreateOnCallSchedule"
        | "PreviewOnCallSchedule"
        | "GetOnCallSchedule"
        | "EditOnCallSchedule"
        | "DeleteOnCallSchedule"
        | "ListOnCallShifts"
        | "ListOnCallOverrides"
        | "CreateOnCallOverride"
        | "DeleteOnCallOverride"
        | "GetOnCall"
        | "ListAlertRouteVersions"
        | "GetAlertRouteVersion"
        | "RestoreAlertRouteVersion"
        | "ListEscalationPolicyVersions"
        | "GetEscalationPolicyVersion"
        | "RestoreEscalationPolicyVersion"
        | "ListOnCallScheduleVersions"
        | "GetOnCallScheduleVersion"
        | "RestoreOnCallScheduleVersion"
        | "ListReportTemplates"
        | "CreateReportTemplate"
        | "GetReportTemplate"
        | "EditReportTemplate"
        | "DeleteReportTemplate"
        | "ListStatusPages"
        | "CreateStatusPage"
        | "GetStatusPage"
        | "EditStatusPage"
        | "DeleteStatusPage"
        | "PreviewStatusPage"
        | "PreviewStatusPageEdit"
        | "ProveCustomDomain"
        | "VisitStatusPage"
        | "GetStatusPageStatistics"
        | "ListSubscribers"
        | "AddSubscribers"
        | "RemoveSubscriber"
        | "GetReportNotices"
        | "PreviewReportUpdate"
        | "ListDestinations"
        | "CreateDestination"
        | "GetDestination"
        | "EditDestination"
        | "DeleteDestination"
        | "TestDestination"
        | "ListDestinationDeliveries" => Refused,
        "GetMonitor"
        | "GetMonitorByKey"
        | "DeleteMonitor"
        | "PauseMonitor"
        | "ResumeMonitor"
        | "UnmuteMonitor"
        | "ListMonitorVersions"
        | "GetMonitorVersion"
        | "RestoreMonitorVersion"
        | "ListMaintenanceWindowVersions"
        | "GetMaintenanceWindowVersion"
        | "RestoreMaintenanceWindowVersion"
        | "GetMonitorStatus"
        | "ExplainAlertRoute"
        | "ExplainNotification"
        | "ListResults"
        | "GetSeries"
        | "GetBaseline"
        | "GetUptime"
        | "ListPings"
        | "GetIncident"
        | "ListIncidentEvents"
        | "AcknowledgeIncident"
        | "GetSilence"
        | "EndSilence"
        | "GetDrill"
        | "AcknowledgeDrill"
        | "EndDrill"
        | "GetDrillSchedule"
        | "GetMaintenanceWindow"
        | "ListMaintenanceOccurrences"
        | "DeleteMaintenanceWindow" => Item(""),
        "MuteMonitor" | "CloneMonitor" => Item("{}"),
        "BacktestMonitor" => Item(r#"{"candidates": [{}]}"#),
        "EditMonitor" | "EditMaintenanceWindow" | "EditDrillSchedule" => Item(r#"{"name": "Another"}"#),
        "EditSilence" => Item(r#"{"reason": "Another"}"#),
        // Of the scene's windows.
        "CancelMaintenanceOccurrence" | "RestoreMaintenanceOccurrence" => {
            Item(r#"{"starts_at": "2099-12-01T22:00:00Z"}"#)
        }
        "AddIncidentNote" => Item(r#"{"text": "I look"}"#),
        "ListMonitors" => List("id"),
        "ListIncidents" | "ListDeliveries" | "ListDrills" | "ListDrillSchedules" => List("monitor_id"),
        "CreateMonitor"
        | "PutMonitorByKey"
        | "DeleteMonitorByKey"
        | "BulkMonitors"
        | "BacktestMonitors"
        | "ListTags"
        | "GetSummary"
        | "Search"
        | "ListChannels"
        | "GetChannel"
        | "ListMaintenanceWindows"
        | "CreateMaintenanceWindow"
        | "PreviewMaintenanceWindow"
        | "ListSilences"
        | "CreateSilence"
        | "StartDrill"
        | "CreateDrillSchedule"
        | "DeleteDrillSchedule"
        | "GetHeartbeat"
        | "RotateHeartbeat"
        | "GetPingBody"
        | "GetPingKey"
        | "ListSlaReports"
        | "CreateSlaReport"
        | "PreviewSlaReport"
        | "GetSlaReport"
        | "GetSlaReportFile"
        | "DeleteSlaReport" => Apart,
        "PreviewMonitor" | "CheckMonitor" | "TestOwnChannel" | "OpenStream" => ByGateway,
        _ => panic!("{operation}: what does somebody see of it who is narrowed to tags?"),
    }
}

fn path(listed: &api::Listed, scene: &Scene<'_>, of: &Things) -> String {
    let id = match listed.path.split('/').nth(1) {
        Some("incidents") => of.incident.to_string(),
        Some("maintenance-windows") => of.window.to_string(),
        Some("silences") => of.silence.to_string(),
        Some("drills") => of.drill.to_string(),
        Some("drill-schedules") => of.drill_schedule.to_string(),
        Some("channels") => scene.channel.to_string(),
        Some("tags") => scene.tag.to_string(),
        Some("orgs") => scene.owner.org.to_string(),
        _ => of.monitor.to_string(),
    };
    listed
        .path
        .replace("{id}", &id)
        .replace("{key}", &of.external_key)
        .replace("{version}", "1")
        .replace("{delivery}", &of.incident.to_string())
        .replace("{user_id}", &scene.owner.user.to_string())
        .replace("{invitation}", &of.incident.to_string())
        .replace("{recipient}", &of.incident.to_string())
        .replace("{override_id}", &of.monitor.to_string())
}

/// Walks all operations against what is inside and what is outside.
async fn walk(scene: &Scene<'_>, caller: &Caller<'_>) {
    let mut operations = api::operations();
    // What is deleted last has been there for the others.
    operations.sort_by_key(|listed| listed.method == api::Method::Delete);
    for listed in operations {
        let id = listed.id;
        let method: Method = listed.method.as_str().parse().unwrap();
        let [inside, outside] = [&scene.inside, &scene.outside].map(|of| path(&listed, scene, of));
        let expected = answer(id);
        assert_eq!(
            matches!(expected, Narrowed::Refused),
            listed.whole_organisation,
            "{id}: the permission says another thing"
        );
        match expected {
            Narrowed::Refused if listed.served_by == api::Server::Gateway => {}
            Narrowed::Refused => {
                for role in ["editor", "admin"] {
                    let caller = caller.as_role(role);
                    let answer = caller.call(method.clone(), &inside, "{}").await;
                    assert_eq!(answer.status, 403, "{id} as {role}: {}", answer.body);
                }
            }
            Narrowed::Item(body) => {
                let answer = caller.call(method.clone(), &outside, body).await;
                assert_eq!(answer.status, 404, "{id} {outside}: {}", answer.body);
                let answer = caller.call(method, &inside, body).await;
                assert!(
                    answer.status.is_success(),
                    "{id} {inside}: {} {}",
                    answer.status,
                    answer.body
                );
            }
            Narrowed::List(field) => {
                let items = caller.get(&inside).await.items();
                let of: Vec<_> = items.iter().map(|item| item[field].as_i64().unwrap()).collect();
                assert_eq!(of, [scene.inside.monitor], "{id}");
                let all = scene.owner.get(&inside).await.items();
                assert_eq!(all.len(), 2, "{id}: the owner sees both");
            }
            Narrowed::Own | Narrowed::Apart | Narrowed::ByGateway => {}
        }
    }
}

#[tokio::test]
async fn a_member_sees_of_each_operation_what_is_inside() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    walk(&scene, &member(&scene).await).await;
}

#[tokio::test]
async fn a_key_sees_of_each_operation_what_is_inside() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    walk(&scene, &key(&scene).await).await;
}
