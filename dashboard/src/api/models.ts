import type {
  IncidentRegions,
  MonitorRegions,
  MonitorRegionsInput,
  OpenedBy,
  QuorumSetting,
  Region,
  RegionState,
  RegionStatus,
  Regions,
  SeriesByRegion,
  StatusRegions,
} from './regions-schema';
import type { components, operations } from './schema';

export type { IncidentRegions, QuorumSetting, Region, RegionState, RegionStatus, Regions };

/** Names for the schemas of the API's document. */
type Schemas = components['schemas'];

export type AccessKind = Schemas['AccessKind'];
export type Account = Schemas['Account'];
export type AccountDeletionInput = Schemas['AccountDeletionInput'];
export type AccountEvent = Schemas['AccountEvent'];
export type Alert = Schemas['AlertKind'];
export type AlertCause = Schemas['AlertCause'];
export type AlertRoute = Schemas['AlertRoute'];
export type AlertRouteInput = Schemas['AlertRouteInput'];
export type AlertStep = Schemas['AlertStep'];
export type ApiKey = Schemas['ApiKey'];
export type ApiKeyInput = Schemas['ApiKeyInput'];
export type AuditEvent = Schemas['AuditEvent'];
export type Backtest = Schemas['Backtest'];
export type BacktestCandidate = Schemas['BacktestCandidate'] & MonitorRegionsInput;
export type BacktestIncident = Schemas['BacktestIncident'];
export type BacktestInput = Schemas['BacktestInput'];
export type BacktestOutcome = Schemas['BacktestOutcome'];
export type BacktestRoute = Schemas['BacktestRoute'];
export type BacktestSelection = Schemas['BacktestSelection'];
export type Bucket = Schemas['SeriesBucket'];
export type BulkAnswer = Schemas['BulkAnswer'];
export type BulkInput = Schemas['BulkInput'];
export type CalendarFeed = Schemas['CalendarFeed'];
export type CalendarFeedInput = Schemas['CalendarFeedInput'];
export type ChangedEvent = Schemas['ChangedEvent'];
export type Channel = Schemas['Channel'];
export type ChannelAlerts = Schemas['ChannelAlerts'];
export type ChannelConfig = Schemas['ChannelConfig'];
export type ChannelInput = Schemas['ChannelInput'];
export type ChannelKind = Schemas['ChannelKind'];
export type ChannelTest = Schemas['TestOutcome'];
export type CheckResult = Schemas['CheckResult'];
export type ComponentGroup = Schemas['ComponentGroup'];
export type ComponentGroupInput = Schemas['ComponentGroupInput'];
export type ComponentImpact = Schemas['ComponentImpact'];
export type CreatedApiKey = Schemas['CreatedApiKey'];
export type CreatedCalendarFeed = Schemas['CreatedCalendarFeed'];
export type Credentials = Schemas['Credentials'];
export type CustomDomain = Schemas['CustomDomain'];
export type Delivery = Schemas['Delivery'];
export type DeliveryStatus = Schemas['DeliveryStatus'];
export type Destination = Schemas['Destination'];
export type DestinationConfig = Schemas['DestinationConfig'];
export type DestinationDelivery = Schemas['DestinationDelivery'];
export type DestinationDeliveryStatus = Schemas['DestinationDeliveryStatus'];
export type DestinationInput = Schemas['DestinationInput'];
export type DestinationKind = Schemas['DestinationKind'];
export type DnsSettings = Schemas['DnsInput'];
export type Drill = Schemas['Drill'];
export type DrillDelivery = Schemas['DrillDelivery'];
export type DrillInput = Schemas['DrillInput'];
export type DrillNote = Schemas['DrillNote'];
export type DrillReport = Schemas['DrillReport'];
export type DrillSchedule = Schemas['DrillSchedule'];
export type DrillScheduleInput = Schemas['DrillScheduleInput'];
export type DrillState = Schemas['DrillState'];
export type EmailChange = Schemas['EmailChange'];
export type EmailRecipient = Schemas['EmailRecipient'];
export type EmailRecipientState = Schemas['EmailRecipientState'];
export type EscalationPolicy = Schemas['EscalationPolicy'];
export type EscalationPolicyInput = Schemas['EscalationPolicyInput'];
export type EscalationStep = Schemas['EscalationStep'];
export type EscalationTarget = Schemas['Target'];
export type ErrorCode = Schemas['ErrorCode'];
export type ExplainedChannel = Schemas['ExplainedChannel'];
export type ExplainedDestination = Schemas['ExplainedDestination'];
export type ExplainedPolicy = Schemas['ExplainedPolicy'];
export type ExplainedRoute = Schemas['ExplainedRoute'];
export type ExplainedTarget = Schemas['ExplainedTarget'];
export type Export = Schemas['Export'];
export type FieldProblem = Schemas['FieldError'];
export type FlappingRule = Schemas['FlappingRule'];
export type Heartbeat = Schemas['Heartbeat'];
export type HeartbeatSettings = Schemas['HeartbeatInput'];
export type Hours = Schemas['Hours'];
export type HttpAuth = Schemas['HttpAuth'];
export type HttpSettings = Schemas['HttpInput'];
export type IcmpSettings = Schemas['IcmpInput'];
export type Identity = Schemas['Identity'];
export type Impact = Schemas['Impact'];
export type Incident = Schemas['Incident'] & OpenedBy;
export type Invitation = Schemas['Invitation'];
export type InvitedTo = Schemas['InvitedTo'];
export type LimitKey = Schemas['LimitKey'];
export type LiveEvent = Schemas['LiveEvent'];
export type MaintenanceOccurrence = Schemas['MaintenanceOccurrence'];
export type MaintenanceWindow = Schemas['MaintenanceWindow'];
export type Member = Schemas['Member'];
export type MemberInput = Schemas['MemberInput'];
export type LinkedIncident = Schemas['LinkedIncident'];
export type LinkedState = Schemas['LinkedState'];
export type MemberInvitation = Schemas['MemberInvitation'];
export type MemberInvitationInput = Schemas['MemberInvitationInput'];
export type Monitor = Schemas['Monitor'] & MonitorRegions & { status: Schemas['LiveStatus'] & StatusRegions };
export type MonitorInput = Schemas['MonitorInput'] & MonitorRegionsInput;
export type MonitorKind = Schemas['MonitorKind'];
export type MonitorPage = Schemas['MonitorPage'];
export type MonitorVersion = Schemas['MonitorVersion'];
export type MonitorVersionDetail = Schemas['MonitorVersionDetail'];
export type MonitorVersionPage = Schemas['MonitorVersionPage'];
export type NewStatusReport = Schemas['NewStatusReport'];
export type NewSubscribers = Schemas['NewSubscribers'];
export type Note = Schemas['Note'];
export type NumberConfirmation = Schemas['NumberConfirmation'];
export type OnCallLayer = Schemas['Layer'];
export type OnCallNow = Schemas['OnCallNow'];
export type OnCallOverride = Schemas['OnCallOverride'];
export type OnCallOverrideInput = Schemas['OnCallOverrideInput'];
export type OnCallPerson = Schemas['OnCallPerson'];
export type OnCallPreviewInput = Schemas['OnCallPreview'];
export type OnCallRestriction = Schemas['Restriction'];
export type OnCallSchedule = Schemas['OnCallSchedule'];
export type OnCallScheduleInput = Schemas['OnCallScheduleInput'];
export type OnCallShift = Schemas['OnCallShift'];
export type OnCallStatus = Schemas['OnCallScheduleNow'];
export type OnDemandCheck = Schemas['CheckAnswer'];
export type Organisation = Schemas['Organisation'];
export type OrganisationDeletionInput = Schemas['OrganisationDeletionInput'];
export type OrganisationInput = Schemas['OrganisationInput'];
/** Quiet hours of a person, for all their own channels. */
export type OwnQuietHours = Schemas['OwnerQuietHours'];
export type OwnQuietHoursInput = Schemas['OwnQuietHoursInput'];
export type PasswordChange = Schemas['PasswordChange'];
export type PasswordReset = Schemas['PasswordReset'];
export type PendingDeletion = Schemas['PendingDeletion'];
export type Ping = Schemas['HeartbeatPing'];
export type PingKind = Schemas['PingKind'];
export type Point = Schemas['Point'];
export type PointState = Schemas['PointState'];
export type Problem = Schemas['Problem'];
/** That it is the owner of the account who asks; with a code where the second factor is on. */
export type Proof = Schemas['Proof'] & { current_password: string };
export type Provider = Schemas['Provider'];
export type QuietHours = Schemas['QuietHours'];
export type Recipients = Schemas['Recipients'];
export type Registration = Schemas['Registration'];
export type ReportDraft = Schemas['ReportDraft'];
export type ReportedState = Schemas['ReportedState'];
export type ReportTemplate = Schemas['ReportTemplate'];
export type ReportTemplateInput = Schemas['ReportTemplateInput'];
export type ReportUpdateDraft = Schemas['ReportUpdateDraft'];
export type ReportUpdatePreview = Schemas['ReportUpdatePreview'];
export type ReportStatus = Schemas['ReportStatus'];
export type ReportUpdate = Schemas['ReportUpdate'];
export type ReportUpdateInput = Schemas['ReportUpdateInput'];
export type Role = Schemas['Role'];
export type RotationUnit = Schemas['RotationUnit'];
export type RouteCondition = Schemas['Condition'];
export type RouteConditions = Schemas['Conditions'];
export type RoutedAlert = Schemas['RoutedAlert'];
export type RouteExplanation = Schemas['RouteExplanation'];
export type ScheduleInput = Schemas['ScheduleInput'];
export type SchedulePreview = Schemas['SchedulePreview'];
export type SchedulePreviewInput = Schemas['SchedulePreviewInput'];
export type SecondFactorLogin = Schemas['SecondFactorLogin'];
export type SecondFactorProof = Schemas['SecondFactorProof'];
export type SecondFactorSecret = Schemas['SecondFactorSecret'];
export type Severity = Schemas['Severity'];
export type Series = Schemas['Series'] & SeriesByRegion;
export type Session = Schemas['Session'];
export type SessionInfo = Schemas['SessionInfo'];
export type SimulatedMessage = Schemas['SimulatedMessage'];
export type Silence = Schemas['Silence'];
export type SilenceInput = Schemas['SilenceInput'];
export type SilenceState = Schemas['SilenceState'];
export type SlaBudget = Schemas['SlaBudget'];
export type SlaContent = Schemas['SlaReportContent'];
/** It is only asked for: no schema of the document has it. */
export type SlaFileFormat = operations['GetSlaReportFile']['parameters']['query']['format'];
export type SlaIncident = Schemas['SlaIncident'];
export type SlaMonitor = Schemas['SlaMonitor'];
export type SlaReport = Schemas['SlaReport'];
export type SlaReportInput = Schemas['SlaReportInput'];
export type SlaReportSummary = Schemas['SlaReportSummary'];
export type SlaResult = Schemas['SlaResult'];
export type SlaSchedule = Schemas['SlaSchedule'];
export type SlaScheduleInput = Schemas['SlaScheduleInput'];
export type SlaSelection = Schemas['SlaSelection'];
export type State = Schemas['LiveState'];
export type StepConditions = Schemas['StepConditions'];
export type StatusComponent = Schemas['Component'];
export type StatusEvent = Schemas['StatusEvent'];
export type StatusPage = Schemas['StatusPage'];
export type StatusPageInput = Schemas['StatusPageInput'];
export type StatusPageLocale = Schemas['Locale'];
export type StatusPageTheme = Schemas['Theme'];
export type StatusReport = Schemas['StatusReport'];
export type StatusReportInput = Schemas['StatusReportInput'];
export type Subscriber = Schemas['Subscriber'];
export type SubscriberCounts = Schemas['SubscriberCounts'];
export type SubscriberState = Schemas['SubscriberState'];
export type Summary = Schemas['Summary'];
export type Suppression = Schemas['Suppression'];
export type Tag = Schemas['Tag'];
export type TagColour = Schemas['TagColour'];
export type TagInput = Schemas['TagInput'];
export type TcpSettings = Schemas['TcpInput'];
export type Team = Schemas['Team'];
export type TeamInput = Schemas['TeamInput'];
export type TargetKind = Schemas['TargetKind'];
export type Timings = Schemas['Timings'];
export type TlsSettings = Schemas['TlsInput'];
export type Unreachable = Schemas['Unreachable'];
export type UpdateDeliveries = Schemas['UpdateDeliveries'];
export type UpdateNotices = Schemas['UpdateNotices'];
export type Uptime = Schemas['Uptime'];
export type UptimeWindows = Schemas['UptimeWindows'];
export type Usage = Schemas['Usage'];
export type UsageItem = Schemas['UsageItem'];
export type VersionAuthor = Schemas['VersionAuthor'];
export type VersionAuthorKind = Schemas['VersionAuthorKind'];
export type VersionDifference = Schemas['VersionDifference'];
export type Weekday = Schemas['Weekday'];
export type Why = Schemas['Why'];
export type WhyAnswer = Schemas['WhyAnswer'];
export type WhyCheck = Schemas['WhyCheck'];
export type WhyDelivery = Schemas['WhyDelivery'];
export type WhyIncident = Schemas['WhyIncident'];
export type WhyOutcome = Schemas['WhyOutcome'];
export type WhyRule = Schemas['WhyRule'];
export type WhySuppression = Schemas['WhySuppression'];
export type WhyWithout = Schemas['WhyWithout'];
export type WindowInput = Schemas['MaintenanceWindowInput'];
export type WindowSchedule = Schemas['Span'];

type Settings = Schemas['MonitorSettings'];

/** When and how something is sent: null of a heartbeat, which waits. */
export type SendingField =
  | 'interval_seconds'
  | 'timeout_ms'
  | 'retries'
  | 'retry_delay_ms'
  | 'up_after'
  | 'slow_ms';

/** A monitor whose settings the server can read: those that have a default then have a value. */
export type ReadableMonitor = Omit<Monitor, keyof Settings> & {
  [F in keyof Settings]: F extends SendingField ? Settings[F] : Exclude<Settings[F], null>;
};

export function isReadable(monitor: Monitor): monitor is Monitor & ReadableMonitor {
  return monitor.definition_error == null;
}
