import { createRootRoute, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import type { DeliveryStatus, MonitorKind, State, SubscriberState } from './api/models';
import {
  deliveryStatusValues,
  liveStateValues,
  monitorKindValues,
  subscriberStateValues,
} from './api/schema';
import { CrashPage, NotFoundPage } from './components/fallback';
import { Shell } from './components/shell';
import { RequireLoggedIn, RequireLoggedOut, SessionGate } from './features/auth/gates';
import { MonitorsPage } from './features/monitors/list-page';
import { MonitorPage } from './features/monitors/monitor-page';
import { parseOrder } from './features/monitors/overview/order';
import { INVITATION_PAGE, linkTokens } from './lib/link-token';
import { isLocalPath } from './lib/local-path';
import { pages } from './pages';

/** Of which region results are shown; without one of all. */
interface RegionSearch extends AsOfSearch {
  region?: string | undefined;
}

/** As of which instant a page is shown; without one, now. */
interface AsOfSearch {
  at?: string | undefined;
}

interface MonitorSearch extends AsOfSearch {
  q?: string;
  /** Maintenance is beside what the server says of a monitor. */
  state?: State | 'maintenance';
  kind?: MonitorKind;
  tag?: string;
  group?: 'tag';
  /** The groups that are collapsed, by tag; blank for monitors without one. */
  closed?: string[];
  /** The column that they are sorted by, with a "-" for the other way round. */
  sort?: string;
}

/** What came of a login with a provider; `link` is one that waits for the password of an account. */
interface LoggedOutSearch {
  next?: string;
  error?: string;
  provider?: string;
  link?: string;
}

interface InvitationSearch {
  error?: string;
  provider?: string;
}

interface AccountSearch {
  error?: string;
  provider?: string;
  linked?: string;
  confirmed?: string;
}

interface AuditSearch {
  action?: string;
  resource?: string;
  user?: number;
  key?: number;
  from?: string;
  to?: string;
}

interface WhySearch {
  at?: string | undefined;
  past?: string | undefined;
}

interface DrillSearch {
  monitor?: number | undefined;
  start?: true | undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isDate = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);

const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(Date.parse(value));

/** What is no instant is replaced: what is left out would stay as it came. */
const asOf = (at: unknown): AsOfSearch => ({ at: isInstant(at) ? new Date(at).toISOString() : undefined });

const isOneOf = <T,>(values: readonly T[], value: unknown): value is T =>
  (values as readonly unknown[]).includes(value);

const root = createRootRoute({
  // Wherever somebody comes back to from a provider.
  beforeLoad: () => linkTokens.takeBack(INVITATION_PAGE),
  component: () => (
    <SessionGate>
      <Outlet />
    </SessionGate>
  ),
  notFoundComponent: NotFoundPage,
});

const loggedOut = createRoute({
  getParentRoute: () => root,
  id: 'logged-out',
  component: RequireLoggedOut,
  validateSearch: ({ next, error, provider, link }: Record<string, unknown>): LoggedOutSearch => ({
    ...(isLocalPath(next) && { next }),
    ...(isText(error) && { error }),
    ...(isText(provider) && { provider }),
    ...(isText(link) && { link }),
  }),
});

/** Takes the token of a mailed link out of the address bar before anything is shown, or sent anywhere. */
const takeToken = ({ location: { pathname, hash } }: { location: { pathname: string; hash: string } }) => {
  if (hash === '') return;
  linkTokens.keep(pathname, hash);
  throw redirect({ to: pathname, search: true, hash: '', replace: true });
};

const login = createRoute({
  getParentRoute: () => loggedOut,
  path: '/login',
  beforeLoad: takeToken,
  component: pages.login,
});
const register = createRoute({
  getParentRoute: () => loggedOut,
  path: '/register',
  component: pages.register,
});

const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: '/forgot-password',
  component: pages.forgotPassword,
});

/** For everybody who has a link of a mail, logged in or not. */
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  beforeLoad: takeToken,
  component: pages.invitation,
  validateSearch: ({ error, provider }: Record<string, unknown>): InvitationSearch => ({
    ...(isText(error) && { error }),
    ...(isText(provider) && { provider }),
  }),
});
const verifyEmail = createRoute({
  getParentRoute: () => root,
  path: '/verify-email',
  beforeLoad: takeToken,
  component: pages.verifyEmail,
});
const resetPassword = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  beforeLoad: takeToken,
  component: pages.resetPassword,
});

/** For everybody who has a link of a confirmation email. */
const recipient = createRoute({
  getParentRoute: () => root,
  path: '/recipients/$token',
  component: pages.recipient,
  validateSearch: ({ decline }: Record<string, unknown>): { decline?: true } =>
    decline === true ? { decline } : {},
});

/** For whoever can read a notification with a link. */
const acknowledgeLink = createRoute({
  getParentRoute: () => root,
  path: '/acknowledge/$token',
  component: pages.acknowledgeLink,
});

const loggedIn = createRoute({
  getParentRoute: () => root,
  id: 'logged-in',
  component: () => (
    <RequireLoggedIn>
      <Shell />
    </RequireLoggedIn>
  ),
});

const monitors = createRoute({
  getParentRoute: () => loggedIn,
  path: '/',
  component: MonitorsPage,
  validateSearch: ({
    q,
    state,
    kind,
    tag,
    group,
    closed,
    sort,
    at,
  }: Record<string, unknown>): MonitorSearch => ({
    ...(typeof q === 'string' && q !== '' && { q }),
    ...((state === 'maintenance' || isOneOf(liveStateValues, state)) && { state }),
    ...(isOneOf(monitorKindValues, kind) && { kind }),
    ...(isText(tag) && { tag }),
    ...(group === 'tag' && { group }),
    ...(Array.isArray(closed) && { closed: closed.filter((each) => typeof each === 'string') }),
    ...(parseOrder(sort) && { sort: sort as string }),
    ...asOf(at),
  }),
});

const monitorId = {
  parse: ({ monitorId }: { monitorId: string }) => ({ monitorId: Number(monitorId) }),
  stringify: ({ monitorId }: { monitorId: number }) => ({ monitorId: String(monitorId) }),
};

const tags = createRoute({
  getParentRoute: () => loggedIn,
  path: '/tags',
  component: pages.tags,
});
const newMonitor = createRoute({
  getParentRoute: () => loggedIn,
  path: '/monitors/new',
  component: pages.newMonitor,
});
const monitor = createRoute({
  getParentRoute: () => loggedIn,
  path: '/monitors/$monitorId',
  params: monitorId,
  component: MonitorPage,
  validateSearch: ({ region, at }: Record<string, unknown>): RegionSearch => ({
    region: isText(region) ? region : undefined,
    ...asOf(at),
  }),
});
const editMonitor = createRoute({
  getParentRoute: () => loggedIn,
  path: '/monitors/$monitorId/edit',
  params: monitorId,
  component: pages.editMonitor,
});
const monitorHistory = createRoute({
  getParentRoute: () => loggedIn,
  path: '/monitors/$monitorId/history',
  params: monitorId,
  component: pages.monitorHistory,
});
/** What a version is compared with. */
const comparison = ({ against }: Record<string, unknown>): { against?: number | undefined } => ({
  against: Number.isInteger(against) && (against as number) > 0 ? (against as number) : undefined,
});
const monitorVersion = createRoute({
  getParentRoute: () => loggedIn,
  path: '/monitors/$monitorId/history/$version',
  params: {
    parse: ({ monitorId, version }: { monitorId: string; version: string }) => ({
      monitorId: Number(monitorId),
      version: Number(version),
    }),
    stringify: ({ monitorId, version }: { monitorId: number; version: number }) => ({
      monitorId: String(monitorId),
      version: String(version),
    }),
  },
  component: pages.monitorVersion,
  validateSearch: comparison,
});
/** Of maintenance windows, routes, escalation policies and on-call schedules. */
const itemHistory = createRoute({
  getParentRoute: () => loggedIn,
  path: '/history/$kind/$itemId',
  params: {
    parse: ({ kind, itemId }: { kind: string; itemId: string }) => ({ kind, itemId: Number(itemId) }),
    stringify: ({ kind, itemId }: { kind: string; itemId: number }) => ({ kind, itemId: String(itemId) }),
  },
  component: pages.itemHistory,
});
const itemVersion = createRoute({
  getParentRoute: () => loggedIn,
  path: '/history/$kind/$itemId/$version',
  params: {
    parse: ({ kind, itemId, version }: { kind: string; itemId: string; version: string }) => ({
      kind,
      itemId: Number(itemId),
      version: Number(version),
    }),
    stringify: ({ kind, itemId, version }: { kind: string; itemId: number; version: number }) => ({
      kind,
      itemId: String(itemId),
      version: String(version),
    }),
  },
  component: pages.itemVersion,
  validateSearch: comparison,
});
const why = createRoute({
  getParentRoute: () => loggedIn,
  path: '/monitors/$monitorId/why',
  params: monitorId,
  component: pages.why,
  // The instant that is asked about, and as of which the page was shown that led here. What is none is replaced: what is left
  // out would stay as it came.
  validateSearch: ({ at, past }: Record<string, unknown>): WhySearch => ({
    at: isInstant(at) ? at : undefined,
    past: isInstant(past) ? past : undefined,
  }),
});
const backtest = createRoute({
  getParentRoute: () => loggedIn,
  path: '/alerting/backtest',
  component: pages.backtest,
});
const incidents = createRoute({
  getParentRoute: () => loggedIn,
  path: '/incidents',
  component: pages.incidents,
  validateSearch: ({ tag, at }: Record<string, unknown>): AsOfSearch & { tag?: string } => ({
    ...(isText(tag) && { tag }),
    ...asOf(at),
  }),
});
const incident = createRoute({
  getParentRoute: () => loggedIn,
  path: '/incidents/$incidentId',
  component: pages.incident,
  validateSearch: ({ at }: Record<string, unknown>): AsOfSearch => asOf(at),
});
const maintenance = createRoute({
  getParentRoute: () => loggedIn,
  path: '/maintenance',
  component: pages.windows,
});
const slaReports = createRoute({
  getParentRoute: () => loggedIn,
  path: '/sla-reports',
  component: pages.slaReports,
});
const newSlaReport = createRoute({
  getParentRoute: () => loggedIn,
  path: '/sla-reports/new',
  component: pages.newSlaReport,
});
const slaSchedules = createRoute({
  getParentRoute: () => loggedIn,
  path: '/sla-reports/schedules',
  component: pages.slaSchedules,
});
const slaReport = createRoute({
  getParentRoute: () => loggedIn,
  path: '/sla-reports/$reportId',
  params: {
    parse: ({ reportId }: { reportId: string }) => ({ reportId: Number(reportId) }),
    stringify: ({ reportId }: { reportId: number }) => ({ reportId: String(reportId) }),
  },
  component: pages.slaReport,
});
const notifications = createRoute({
  getParentRoute: () => loggedIn,
  path: '/notifications',
  component: pages.channels,
});
const alertRoutes = createRoute({
  getParentRoute: () => loggedIn,
  path: '/notifications/routes',
  component: pages.alertRoutes,
});
const escalationPolicies = createRoute({
  getParentRoute: () => loggedIn,
  path: '/notifications/escalation-policies',
  component: pages.escalationPolicies,
});
const newEscalationPolicy = createRoute({
  getParentRoute: () => loggedIn,
  path: '/notifications/escalation-policies/new',
  component: pages.newEscalationPolicy,
});
const escalationPolicy = createRoute({
  getParentRoute: () => loggedIn,
  path: '/notifications/escalation-policies/$policyId',
  params: {
    parse: ({ policyId }: { policyId: string }) => ({ policyId: Number(policyId) }),
    stringify: ({ policyId }: { policyId: number }) => ({ policyId: String(policyId) }),
  },
  component: pages.escalationPolicy,
});
const silences = createRoute({
  getParentRoute: () => loggedIn,
  path: '/notifications/silences',
  component: pages.silences,
  // The monitor that a new one is to be of.
  validateSearch: ({ monitor }: Record<string, unknown>): { monitor?: number } =>
    Number.isInteger(monitor) ? { monitor: monitor as number } : {},
});
const drills = createRoute({
  getParentRoute: () => loggedIn,
  path: '/drills',
  component: pages.drills,
  // Those of one monitor, and whether one is about to be started.
  validateSearch: ({ monitor, start }: Record<string, unknown>): DrillSearch => ({
    monitor: Number.isInteger(monitor) ? (monitor as number) : undefined,
    start: start === true ? start : undefined,
  }),
});
const drillSchedules = createRoute({
  getParentRoute: () => loggedIn,
  path: '/drills/schedules',
  component: pages.drillSchedules,
});
const drill = createRoute({
  getParentRoute: () => loggedIn,
  path: '/drills/$drillId',
  params: {
    parse: ({ drillId }: { drillId: string }) => ({ drillId: Number(drillId) }),
    stringify: ({ drillId }: { drillId: number }) => ({ drillId: String(drillId) }),
  },
  component: pages.drill,
});
const deliveries = createRoute({
  getParentRoute: () => loggedIn,
  path: '/notifications/deliveries',
  component: pages.deliveries,
  validateSearch: ({
    channel,
    status,
  }: Record<string, unknown>): { channel?: number; status?: DeliveryStatus } => ({
    ...(Number.isInteger(channel) && { channel: channel as number }),
    ...(isOneOf(deliveryStatusValues, status) && { status }),
  }),
});

const onCall = createRoute({
  getParentRoute: () => loggedIn,
  path: '/on-call',
  component: pages.onCall,
});
const teams = createRoute({
  getParentRoute: () => loggedIn,
  path: '/on-call/teams',
  component: pages.teams,
});
const calendars = createRoute({
  getParentRoute: () => loggedIn,
  path: '/on-call/calendars',
  component: pages.calendars,
});
const newOnCallSchedule = createRoute({
  getParentRoute: () => loggedIn,
  path: '/on-call/schedules/new',
  component: pages.newOnCallSchedule,
});
const scheduleId = {
  parse: ({ scheduleId }: { scheduleId: string }) => ({ scheduleId: Number(scheduleId) }),
  stringify: ({ scheduleId }: { scheduleId: number }) => ({ scheduleId: String(scheduleId) }),
};
const onCallSchedule = createRoute({
  getParentRoute: () => loggedIn,
  path: '/on-call/schedules/$scheduleId',
  params: scheduleId,
  component: pages.onCallSchedule,
});
const editOnCallSchedule = createRoute({
  getParentRoute: () => loggedIn,
  path: '/on-call/schedules/$scheduleId/edit',
  params: scheduleId,
  component: pages.editOnCallSchedule,
});

const statusPages = createRoute({
  getParentRoute: () => loggedIn,
  path: '/status-pages',
  component: pages.statusPages,
});
const pageId = {
  parse: ({ pageId }: { pageId: string }) => ({ pageId: Number(pageId) }),
  stringify: ({ pageId }: { pageId: number }) => ({ pageId: String(pageId) }),
};
const statusPage = createRoute({
  getParentRoute: () => loggedIn,
  path: '/status-pages/$pageId',
  params: pageId,
  component: pages.statusPage,
});
const visitStatusPage = createRoute({
  getParentRoute: () => loggedIn,
  path: '/status-pages/$pageId/visit',
  params: pageId,
  component: pages.visitStatusPage,
});
const statusReports = createRoute({
  getParentRoute: () => loggedIn,
  path: '/status-pages/$pageId/reports',
  params: pageId,
  component: pages.statusReports,
});
const newReport = createRoute({
  getParentRoute: () => loggedIn,
  path: '/status-pages/$pageId/reports/new',
  params: pageId,
  component: pages.newReport,
  validateSearch: ({ incident }: Record<string, unknown>): { incident?: string } =>
    isText(incident) ? { incident } : {},
});
const subscribers = createRoute({
  getParentRoute: () => loggedIn,
  path: '/status-pages/$pageId/subscribers',
  params: pageId,
  component: pages.subscribers,
  validateSearch: ({ q, state }: Record<string, unknown>): { q?: string; state?: SubscriberState } => ({
    ...(isText(q) && { q }),
    ...(isOneOf(subscriberStateValues, state) && { state }),
  }),
});
const statusReport = createRoute({
  getParentRoute: () => loggedIn,
  path: '/status-pages/$pageId/reports/$reportId',
  params: {
    parse: ({ pageId, reportId }: { pageId: string; reportId: string }) => ({
      pageId: Number(pageId),
      reportId: Number(reportId),
    }),
    stringify: ({ pageId, reportId }: { pageId: number; reportId: number }) => ({
      pageId: String(pageId),
      reportId: String(reportId),
    }),
  },
  component: pages.statusReport,
});

const account = createRoute({
  getParentRoute: () => loggedIn,
  path: '/account',
  component: pages.account,
  validateSearch: ({ error, provider, linked, confirmed }: Record<string, unknown>): AccountSearch => ({
    ...(isText(error) && { error }),
    ...(isText(provider) && { provider }),
    ...(isText(linked) && { linked }),
    ...(isText(confirmed) && { confirmed }),
  }),
});
const ownChannels = createRoute({
  getParentRoute: () => loggedIn,
  path: '/account/channels',
  component: pages.ownChannels,
});
const organisation = createRoute({
  getParentRoute: () => loggedIn,
  path: '/organisation',
  component: pages.organisation,
});
const apiKeys = createRoute({
  getParentRoute: () => loggedIn,
  path: '/api-keys',
  component: pages.apiKeys,
});
const auditLog = createRoute({
  getParentRoute: () => loggedIn,
  path: '/audit-log',
  component: pages.auditLog,
  validateSearch: ({ action, resource, user, key, from, to }: Record<string, unknown>): AuditSearch => ({
    ...(isText(action) && { action }),
    ...(isText(resource) && { resource }),
    ...(Number.isInteger(user) && { user: user as number }),
    ...(Number.isInteger(key) && { key: key as number }),
    ...(isDate(from) && { from }),
    ...(isDate(to) && { to }),
  }),
});

const routeTree = root.addChildren([
  loggedOut.addChildren([login, register]),
  forgotPassword,
  invitation,
  verifyEmail,
  resetPassword,
  recipient,
  acknowledgeLink,
  loggedIn.addChildren([
    monitors,
    tags,
    newMonitor,
    monitor,
    editMonitor,
    monitorHistory,
    itemHistory,
    itemVersion,
    monitorVersion,
    why,
    backtest,
    incidents,
    incident,
    maintenance,
    slaReports,
    newSlaReport,
    slaSchedules,
    slaReport,
    notifications,
    alertRoutes,
    escalationPolicies,
    newEscalationPolicy,
    escalationPolicy,
    silences,
    drills,
    drillSchedules,
    drill,
    deliveries,
    onCall,
    teams,
    calendars,
    newOnCallSchedule,
    onCallSchedule,
    editOnCallSchedule,
    statusPages,
    statusPage,
    visitStatusPage,
    statusReports,
    newReport,
    statusReport,
    subscribers,
    account,
    ownChannels,
    organisation,
    apiKeys,
    auditLog,
  ]),
]);

export const makeRouter = () =>
  createRouter({ routeTree, scrollRestoration: true, defaultErrorComponent: CrashPage });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
