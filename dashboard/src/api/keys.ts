import type { QueryKey } from '@tanstack/react-query';
import type {
  BacktestCandidate,
  BacktestSelection,
  MonitorKind,
  OnCallPreviewInput,
  PingKind,
  ReportUpdateDraft,
  RoutedAlert,
  SchedulePreviewInput,
  SlaReportInput,
  State,
  SubscriberState,
  WindowInput,
} from './models';

/** What has versions, by its path in the API. */
export type VersionedKind =
  | 'monitors'
  | 'maintenance-windows'
  | 'alert-routes'
  | 'escalation-policies'
  | 'on-call-schedules';

/** Where one of them is in the cache: what loads it again loads its versions, too. */
const VERSIONED: Record<VersionedKind, readonly string[]> = {
  monitors: ['monitors', 'one'],
  'maintenance-windows': ['windows', 'one'],
  'alert-routes': ['alert-policy', 'route'],
  'escalation-policies': ['alert-policy', 'escalation', 'one'],
  'on-call-schedules': ['on-call', 'schedule'],
};

/** Dates as in a date field; a blank field matches any. */
export interface AuditFilter {
  action: string;
  resource: string;
  user: number | null;
  /** An API key. */
  key: number | null;
  from: string;
  to: string;
}

/** From an instant until before another. */
export interface TimeSpan {
  from: string;
  to: string;
}

/** A blank field matches any. */
export interface MonitorFilter {
  q: string;
  state: State | '';
  kind: MonitorKind | '';
  tag: string;
}

/** A blank field matches any. */
export interface SubscriberFilter {
  /** A part of the address. */
  q: string;
  state: SubscriberState | '';
}

/** Query keys, general to specific, so that a prefix invalidates everything below it. */
export const keys = {
  /** Answers as of earlier instants, apart from all others: live events are not about them. */
  asOf: ['as-of'] as const,
  asOfInstant: (at: string, question: QueryKey): QueryKey => ['as-of', at, ...question],
  summary: ['summary'] as const,
  monitorLists: ['monitors', 'list'] as const,
  monitorList: (filter: MonitorFilter) => ['monitors', 'list', filter] as const,
  allMonitorNames: ['monitors', 'names'] as const,
  monitorNames: (q: string) => ['monitors', 'names', q] as const,
  routedMonitors: ['monitors', 'names', 'routed'] as const,
  monitorMatches: (q: string, tag: string) => ['monitors', 'names', 'matches', q, tag] as const,
  allMonitors: ['monitors', 'one'] as const,
  monitor: (id: number) => ['monitors', 'one', id] as const,
  results: (id: number) => ['monitors', 'one', id, 'results'] as const,
  /** Of one region. */
  regionResults: (id: number, region: string) => ['monitors', 'one', id, 'results', region] as const,
  uptime: (id: number) => ['monitors', 'one', id, 'uptime'] as const,
  /** As one region finds it. */
  regionUptime: (id: number, region: string) => ['monitors', 'one', id, 'uptime', region] as const,
  /** Of one region; null is all together, `byRegion` also each by itself. */
  series: (id: number, range: number | TimeSpan, region: string | null, byRegion: boolean, points: number) =>
    ['monitors', 'one', id, 'series', range, region, byRegion, points] as const,
  /** The uptime of a range, of one region; null is as was decided. */
  uptimeOf: (id: number, span: TimeSpan, region: string | null) =>
    ['monitors', 'one', id, 'uptime', 'of', span, region] as const,
  /** With the monitor, and not with incidents: those of others are no reason to load several pages of them again. */
  allIncidentsOf: (id: number) => ['monitors', 'one', id, 'incidents-of'] as const,
  /** Incidents that lasted into a number of days until now, or a span of time. */
  incidentsOf: (id: number, range: number | TimeSpan) =>
    ['monitors', 'one', id, 'incidents-of', range] as const,
  /** What a window has planned since an instant. */
  occurrencesSince: (windowId: number, from: string) => ['windows', 'occurrences', windowId, from] as const,
  baseline: (id: number, days: number) => ['monitors', 'one', id, 'baseline', days] as const,
  /** One of what has versions. */
  versioned: (kind: VersionedKind, id: number) => [...VERSIONED[kind], id] as const,
  /** All of its versions. */
  versions: (kind: VersionedKind, id: number) => [...VERSIONED[kind], id, 'versions'] as const,
  versionList: (kind: VersionedKind, id: number) => [...VERSIONED[kind], id, 'versions', 'list'] as const,
  /** Against null: the one before it. */
  version: (kind: VersionedKind, id: number, version: number, against: number | null) =>
    [...VERSIONED[kind], id, 'versions', 'one', version, against] as const,
  /** Apart from them: it stays as it was shown. */
  restorePreview: (kind: VersionedKind, id: number, version: number) =>
    ['restore-preview', kind, id, version] as const,
  heartbeat: (id: number) => ['monitors', 'one', id, 'heartbeat'] as const,
  pings: (id: number, kind: PingKind | '') => ['monitors', 'one', id, 'heartbeat', 'pings', kind] as const,
  runs: (id: number) => ['monitors', 'one', id, 'heartbeat', 'runs'] as const,
  pingBody: (id: number, n: number) => ['ping-body', id, n] as const,
  schedulePreview: (input: SchedulePreviewInput | null) => ['schedule-preview', input] as const,
  /** What was tried on one monitor or several, over so many days. */
  backtest: (of: number | BacktestSelection, days: number, candidates: readonly BacktestCandidate[] | null) =>
    ['backtest', of, days, candidates] as const,
  /** Null is now. */
  why: (id: number, at: string | null) => ['why', id, at] as const,
  search: (q: string) => ['search', q] as const,
  /** Where monitors can be checked from. */
  regions: ['regions'] as const,
  incidents: ['incidents'] as const,
  /** When they began and ended; null is of all monitors. */
  incidentTimes: (monitorId: number | null) => ['incidents', 'times', 'of-monitor', monitorId] as const,
  incidentTimesOf: (id: string) => ['incidents', 'times', 'one', id] as const,
  ongoingIncidents: (tag: string) => ['incidents', 'ongoing', tag] as const,
  pastIncidents: (tag: string) => ['incidents', 'past', tag] as const,
  incident: (id: string) => ['incidents', 'one', id] as const,
  /** The list that an incident is in. Apart from incidents: each event would load hundreds again. */
  incidentNeighbours: ['incident-neighbours'] as const,
  incidentSteps: (id: string) => ['incidents', 'one', id, 'steps'] as const,
  /** The checks at its beginning. */
  incidentChecks: (id: string) => ['incidents', 'one', id, 'checks'] as const,
  monitorIncidents: (id: number) => ['incidents', 'monitor', id] as const,
  channels: ['channels'] as const,
  /** What says who is notified of what. */
  alertPolicy: ['alert-policy'] as const,
  alertRoutes: ['alert-policy', 'routes'] as const,
  allAlertRoutesOf: ['alert-policy', 'of-monitor'] as const,
  alertRouteOf: (monitorId: number, alert: RoutedAlert) =>
    ['alert-policy', 'of-monitor', monitorId, alert] as const,
  escalationPolicies: ['alert-policy', 'escalation', 'list'] as const,
  escalationPolicy: (id: number) => ['alert-policy', 'escalation', 'one', id] as const,
  /** Those by which somebody is reached as a person. */
  ownChannels: ['own-channels'] as const,
  ownQuietHours: ['own-quiet-hours'] as const,
  deliveries: (channelId: number, status: string) => ['deliveries', channelId, status] as const,
  channelDeliveries: (channelId: number) => ['deliveries', channelId] as const,
  linkedIncident: (token: string) => ['linked-incident', token] as const,
  recipient: (token: string) => ['recipient', token] as const,
  windows: ['windows'] as const,
  occurrences: (windowId: number) => ['windows', 'occurrences', windowId] as const,
  windowPreview: (input: WindowInput | null) => ['window-preview', input] as const,
  silences: ['silences'] as const,
  silenceList: (withEnded: boolean) => ['silences', 'list', withEnded] as const,
  drills: ['drills'] as const,
  /** Null is every monitor. */
  drillList: (monitorId: number | null) => ['drills', 'list', monitorId] as const,
  drill: (id: number) => ['drills', 'one', id] as const,
  drillSchedules: ['drill-schedules'] as const,
  teams: ['teams'] as const,
  onCall: ['on-call'] as const,
  onCallNow: ['on-call', 'now'] as const,
  onCallSchedules: ['on-call', 'schedules'] as const,
  onCallSchedule: (id: number) => ['on-call', 'schedule', id] as const,
  onCallShifts: (id: number, from: string, until: string) =>
    ['on-call', 'schedule', id, 'shifts', from, until] as const,
  onCallOverrides: (id: number) => ['on-call', 'schedule', id, 'overrides'] as const,
  onCallPreview: (input: OnCallPreviewInput | null) => ['on-call-preview', input] as const,
  calendars: ['calendars'] as const,
  slaReports: ['sla-reports'] as const,
  slaReportList: ['sla-reports', 'list'] as const,
  slaReport: (id: number) => ['sla-reports', 'one', id] as const,
  slaPreview: (input: SlaReportInput | null) => ['sla-preview', input] as const,
  slaSchedules: ['sla-schedules'] as const,
  statusPages: ['status-pages'] as const,
  statusPageList: ['status-pages', 'list'] as const,
  statusPage: (id: number) => ['status-pages', 'one', id] as const,
  /** What it looks like with changes that are not saved. */
  statusPageStatistics: (id: number) => ['status-pages', 'statistics', id] as const,
  statusPagePreview: (id: number, version: number, input: string) =>
    ['status-pages', 'preview', id, version, input] as const,
  allSubscribers: (pageId: number) => ['status-pages', 'subscribers', pageId] as const,
  subscribers: (pageId: number, filter: SubscriberFilter) =>
    ['status-pages', 'subscribers', pageId, filter] as const,
  destinations: (pageId: number) => ['status-pages', 'destinations', pageId] as const,
  destinationDeliveries: (pageId: number, destination: number) =>
    ['status-pages', 'destinations', pageId, destination, 'deliveries'] as const,
  reportTemplates: ['report-templates'] as const,
  statusReports: ['status-reports'] as const,
  statusReportList: (pageId: number) => ['status-reports', 'list', pageId] as const,
  allStatusReports: ['status-reports', 'one'] as const,
  reportUpdatePreview: (pageId: number, draft: ReportUpdateDraft) =>
    ['report-update-preview', pageId, draft] as const,
  statusReport: (id: number) => ['status-reports', 'one', id] as const,
  reportNotices: (id: number) => ['status-reports', 'one', id, 'notices'] as const,
  allReportDrafts: ['status-reports', 'drafts'] as const,
  reportDrafts: (incidentId: string) => ['status-reports', 'drafts', incidentId] as const,
  providers: ['providers'] as const,
  /** All of the own account: a change of it is also in its activity. */
  account: ['account'] as const,
  identities: ['account', 'identities'] as const,
  sessions: ['account', 'sessions'] as const,
  secondFactor: ['account', 'second-factor'] as const,
  organisations: ['account', 'organisations'] as const,
  usage: ['usage'] as const,
  members: ['members'] as const,
  memberPages: ['members', 'pages'] as const,
  allMembers: ['members', 'all'] as const,
  memberInvitations: ['invitations'] as const,
  invitation: (token: string) => ['invitation', token] as const,
  tags: ['tags'] as const,
  tagNames: ['tags', 'names'] as const,
  apiKeys: ['api-keys'] as const,
  deletions: ['deletions'] as const,
  accountDeletion: ['deletions', 'account'] as const,
  organisationDeletion: ['deletions', 'organisation'] as const,
  exports: ['account', 'exports'] as const,
  accountEvents: ['account', 'events'] as const,
  auditEvents: ['audit-log'] as const,
  auditLog: (filter: AuditFilter) => ['audit-log', filter] as const,
};
