//! The one list of operations.

use crate::operation::Listed;

/// Calls a macro with the name of every operation.
macro_rules! for_each_operation {
    ($macro:ident) => {
        $macro! {
            Register Login Refresh Logout SwitchOrganisation VerifyEmail RequestPasswordReset ResetPassword
            ListProviders StartSignIn FinishSignIn ListIdentities LinkIdentity UnlinkIdentity ConfirmIdentity
            GetMe EditMe ChangePassword ChangeEmail ResendVerification ListSessions EndSession EndAllSessions
            ListOrganisations CreateOrganisation GetOrganisation EditOrganisation LeaveOrganisation
            ListMembers EditMember RemoveMember
            ListInvitations InviteMember ResendInvitation WithdrawInvitation GetInvitation AcceptInvitation
            ListApiKeys CreateApiKey RevokeApiKey ListAuditEvents
            ListMonitors CreateMonitor PreviewMonitor GetMonitor EditMonitor DeleteMonitor PauseMonitor ResumeMonitor
            MuteMonitor UnmuteMonitor CheckMonitor GetMonitorStatus
            ListTags CreateTag EditTag DeleteTag
            ListResults GetSeries GetUptime GetSummary
            ListIncidents GetIncident ListIncidentEvents AcknowledgeIncident AddIncidentNote
            ListChannels CreateChannel GetChannel EditChannel DeleteChannel TestChannel ListDeliveries ResendDelivery
            ResendConfirmation GetEmailRecipient ConfirmEmailRecipient DeclineEmailRecipient
            ListMaintenanceWindows CreateMaintenanceWindow GetMaintenanceWindow EditMaintenanceWindow
            DeleteMaintenanceWindow
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
