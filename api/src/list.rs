//! The one list of operations.

use crate::operation::Listed;

/// Calls a macro with the name of every operation.
macro_rules! for_each_operation {
    ($macro:ident) => {
        $macro! {
            Register Login Refresh Logout SwitchOrganisation VerifyEmail RequestPasswordReset ResetPassword
            ListProviders StartSignIn StartInvitedSignIn FinishSignIn ListIdentities LinkIdentity UnlinkIdentity
            ConfirmIdentity
            GetMe EditMe ChangePassword ChangeEmail CancelEmailChange ResendVerification ListSessions EndSession
            EndAllSessions
            LoginSecondFactor GetSecondFactor EnrolSecondFactor ConfirmSecondFactor RegenerateRecoveryCodes
            DisableSecondFactor
            ListAccountEvents GetAccountDeletion DeleteAccount CancelAccountDeletion
            ListExports ExportAccount OpenExport GetExportPart
            ListOrganisations CreateOrganisation GetOrganisation EditOrganisation LeaveOrganisation GetUsage
            GetOrganisationDeletion DeleteOrganisation CancelOrganisationDeletion ExportOrganisation
            ListMembers EditMember RemoveMember
            ListInvitations InviteMember ResendInvitation WithdrawInvitation GetInvitation AcceptInvitation
            ListApiKeys CreateApiKey RevokeApiKey ListAuditEvents
            ListMonitors CreateMonitor PreviewMonitor GetMonitor EditMonitor DeleteMonitor PauseMonitor ResumeMonitor
            MuteMonitor UnmuteMonitor CheckMonitor GetMonitorStatus ListRegions
            ListMonitorVersions GetMonitorVersion RestoreMonitorVersion
            GetMonitorByKey PutMonitorByKey DeleteMonitorByKey CloneMonitor BulkMonitors
            GetHeartbeat RotateHeartbeat ListPings GetPingBody PreviewSchedule GetPingKey RotatePingKey
            ListTags CreateTag EditTag DeleteTag
            ListResults GetSeries GetBaseline GetUptime GetSummary
            ListIncidents GetIncident ListIncidentEvents AcknowledgeIncident AddIncidentNote
            ListChannels CreateChannel GetChannel EditChannel DeleteChannel TestChannel ListDeliveries ResendDelivery
            ResendConfirmation GetEmailRecipient ConfirmEmailRecipient DeclineEmailRecipient
            ListOwnChannels CreateOwnChannel GetOwnChannel EditOwnChannel DeleteOwnChannel TestOwnChannel
            ResendOwnConfirmation ConfirmOwnChannel
            GetOwnQuietHours SetOwnQuietHours
            ListAlertRoutes CreateAlertRoute OrderAlertRoutes GetAlertRoute EditAlertRoute DeleteAlertRoute
            ExplainAlertRoute ListAlertRouteVersions GetAlertRouteVersion RestoreAlertRouteVersion
            ListEscalationPolicies CreateEscalationPolicy GetEscalationPolicy EditEscalationPolicy
            DeleteEscalationPolicy ListEscalationPolicyVersions GetEscalationPolicyVersion RestoreEscalationPolicyVersion
            ListTeams CreateTeam GetTeam EditTeam DeleteTeam
            ListOnCallSchedules CreateOnCallSchedule PreviewOnCallSchedule GetOnCallSchedule EditOnCallSchedule
            DeleteOnCallSchedule ListOnCallShifts ListOnCallOverrides CreateOnCallOverride DeleteOnCallOverride GetOnCall
            ListOnCallScheduleVersions GetOnCallScheduleVersion RestoreOnCallScheduleVersion
            ListCalendarFeeds CreateCalendarFeed DeleteCalendarFeed GetCalendar
            ListMaintenanceWindows CreateMaintenanceWindow GetMaintenanceWindow EditMaintenanceWindow
            DeleteMaintenanceWindow PreviewMaintenanceWindow ListMaintenanceOccurrences CancelMaintenanceOccurrence
            RestoreMaintenanceOccurrence ListMaintenanceWindowVersions GetMaintenanceWindowVersion
            RestoreMaintenanceWindowVersion
            ListSilences CreateSilence GetSilence EditSilence EndSilence
            GetLinkedIncident AcknowledgeByLink
            BacktestMonitor BacktestMonitors ExplainNotification
            ListDrills StartDrill GetDrill AcknowledgeDrill EndDrill
            ListDrillSchedules CreateDrillSchedule GetDrillSchedule EditDrillSchedule DeleteDrillSchedule
            ListStatusPages CreateStatusPage GetStatusPage EditStatusPage DeleteStatusPage PreviewStatusPage
            PreviewStatusPageEdit ProveCustomDomain VisitStatusPage GetStatusPageStatistics
            ListStatusReports CreateStatusReport GetStatusReport EditStatusReport DeleteStatusReport AddReportUpdate
            EditReportUpdate DraftStatusReports
            ListReportTemplates CreateReportTemplate GetReportTemplate EditReportTemplate DeleteReportTemplate
            ListSlaReports CreateSlaReport PreviewSlaReport GetSlaReport GetSlaReportFile DeleteSlaReport
            ListSlaSchedules CreateSlaSchedule EditSlaSchedule DeleteSlaSchedule
            PreviewReportUpdate
            ListSubscribers AddSubscribers RemoveSubscriber GetReportNotices
            ListDestinations CreateDestination GetDestination EditDestination DeleteDestination TestDestination
            ListDestinationDeliveries
            Search
            OpenStream
        }
    };
}

pub(crate) use for_each_operation;

/// Every operation of the API.
pub fn operations() -> Vec<Listed> {
    macro_rules! list {
        ($($operation:ident)*) => { vec![$(Listed::of::<crate::$operation>()),*] };
    }
    for_each_operation!(list)
}
