import { lazyRouteComponent } from '@tanstack/react-router';

/** Lazy-loaded pages; forms and their validation come with them. */
export const pages = {
  login: lazyRouteComponent(() => import('./features/auth/login-page'), 'LoginPage'),
  register: lazyRouteComponent(() => import('./features/auth/register-page'), 'RegisterPage'),
  invitation: lazyRouteComponent(() => import('./features/links/invitation-page'), 'InvitationPage'),
  verifyEmail: lazyRouteComponent(() => import('./features/links/verify-email-page'), 'VerifyEmailPage'),
  forgotPassword: lazyRouteComponent(
    () => import('./features/links/forgot-password-page'),
    'ForgotPasswordPage',
  ),
  resetPassword: lazyRouteComponent(
    () => import('./features/links/reset-password-page'),
    'ResetPasswordPage',
  ),
  account: lazyRouteComponent(() => import('./features/account/account-page'), 'AccountPage'),
  organisation: lazyRouteComponent(
    () => import('./features/organisation/organisation-page'),
    'OrganisationPage',
  ),
  apiKeys: lazyRouteComponent(() => import('./features/api-keys/api-keys-page'), 'ApiKeysPage'),
  auditLog: lazyRouteComponent(() => import('./features/audit-log/audit-log-page'), 'AuditLogPage'),
  tags: lazyRouteComponent(() => import('./features/tags/tags-page'), 'TagsPage'),
  newMonitor: lazyRouteComponent(() => import('./features/monitors/edit-page'), 'NewMonitorPage'),
  editMonitor: lazyRouteComponent(() => import('./features/monitors/edit-page'), 'EditMonitorPage'),
  why: lazyRouteComponent(() => import('./features/monitors/why/why-page'), 'WhyPage'),
  monitorHistory: lazyRouteComponent(
    () => import('./features/monitors/versions/history-page'),
    'HistoryPage',
  ),
  monitorVersion: lazyRouteComponent(
    () => import('./features/monitors/versions/version-page'),
    'VersionPage',
  ),
  itemHistory: lazyRouteComponent(() => import('./features/history/item-pages'), 'ItemHistoryPage'),
  itemVersion: lazyRouteComponent(() => import('./features/history/item-pages'), 'ItemVersionPage'),
  backtest: lazyRouteComponent(() => import('./features/monitors/backtest/backtest-page'), 'BacktestPage'),
  incidents: lazyRouteComponent(() => import('./features/incidents/incidents-page'), 'IncidentsPage'),
  incident: lazyRouteComponent(() => import('./features/incidents/incident-page'), 'IncidentPage'),
  windows: lazyRouteComponent(() => import('./features/maintenance/windows-page'), 'WindowsPage'),
  slaReports: lazyRouteComponent(() => import('./features/sla-reports/reports-page'), 'SlaReportsPage'),
  newSlaReport: lazyRouteComponent(() => import('./features/sla-reports/new-page'), 'NewSlaReportPage'),
  slaReport: lazyRouteComponent(() => import('./features/sla-reports/report-page'), 'SlaReportPage'),
  slaSchedules: lazyRouteComponent(() => import('./features/sla-reports/schedules-page'), 'SlaSchedulesPage'),
  alertRoutes: lazyRouteComponent(() => import('./features/alerting/routes/routes-page'), 'AlertRoutesPage'),
  escalationPolicies: lazyRouteComponent(
    () => import('./features/alerting/policies/policies-page'),
    'EscalationPoliciesPage',
  ),
  newEscalationPolicy: lazyRouteComponent(
    () => import('./features/alerting/policies/policy-pages'),
    'NewPolicyPage',
  ),
  escalationPolicy: lazyRouteComponent(
    () => import('./features/alerting/policies/policy-pages'),
    'PolicyPage',
  ),
  silences: lazyRouteComponent(() => import('./features/silences/silences-page'), 'SilencesPage'),
  drills: lazyRouteComponent(() => import('./features/drills/drills-page'), 'DrillsPage'),
  drill: lazyRouteComponent(() => import('./features/drills/drill-page'), 'DrillPage'),
  drillSchedules: lazyRouteComponent(() => import('./features/drills/schedules-page'), 'DrillSchedulesPage'),
  onCall: lazyRouteComponent(() => import('./features/on-call/on-call-page'), 'OnCallPage'),
  onCallSchedule: lazyRouteComponent(() => import('./features/on-call/schedule-page'), 'SchedulePage'),
  newOnCallSchedule: lazyRouteComponent(() => import('./features/on-call/editor-page'), 'NewSchedulePage'),
  editOnCallSchedule: lazyRouteComponent(() => import('./features/on-call/editor-page'), 'EditSchedulePage'),
  teams: lazyRouteComponent(() => import('./features/on-call/teams-page'), 'TeamsPage'),
  calendars: lazyRouteComponent(() => import('./features/on-call/calendars-page'), 'CalendarsPage'),
  ownChannels: lazyRouteComponent(() => import('./features/channels/own-channels-page'), 'OwnChannelsPage'),
  channels: lazyRouteComponent(() => import('./features/channels/channels-page'), 'ChannelsPage'),
  statusPages: lazyRouteComponent(() => import('./features/status-pages/list-page'), 'StatusPagesPage'),
  statusPage: lazyRouteComponent(() => import('./features/status-pages/editor-page'), 'StatusPagePage'),
  statusReports: lazyRouteComponent(
    () => import('./features/status-pages/reports-page'),
    'StatusReportsPage',
  ),
  newReport: lazyRouteComponent(() => import('./features/status-pages/new-report-page'), 'NewReportPage'),
  statusReport: lazyRouteComponent(() => import('./features/status-pages/report-page'), 'StatusReportPage'),
  subscribers: lazyRouteComponent(
    () => import('./features/status-pages/subscribers/subscribers-page'),
    'SubscribersPage',
  ),
  visitStatusPage: lazyRouteComponent(() => import('./features/status-pages/visit-page'), 'VisitStatusPage'),
  acknowledgeLink: lazyRouteComponent(
    () => import('./features/acknowledge-link/acknowledge-link-page'),
    'AcknowledgeLinkPage',
  ),
  recipient: lazyRouteComponent(() => import('./features/recipients/recipient-page'), 'RecipientPage'),
  deliveries: lazyRouteComponent(() => import('./features/deliveries/deliveries-page'), 'DeliveriesPage'),
};

/** Loads the other pages after the first one, so that they open while the server is unreachable. */
export function preloadPages(): void {
  for (const page of Object.values(pages)) void page.preload?.();
  import('./components/as-of/controls').catch(() => {});
  import('./components/command').catch(() => {});
}
