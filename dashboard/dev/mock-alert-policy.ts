/** Mock routes and escalation policies, and why an alert goes where it does. Hours are taken to match always. */
import type {
  AlertRoute,
  AlertRouteInput,
  AlertStep,
  EscalationPolicy,
  EscalationPolicyInput,
  EscalationTarget,
  ExplainedDestination,
  ExplainedTarget,
  Monitor,
  Recipients,
  RouteCondition,
  RoutedAlert,
  RouteExplanation,
} from '../src/api/models';
import { isEmpty, team } from './mock-accounts';
import { channels, monitors, nextId } from './mock-data';
import { hasChannel, schedules, teams } from './mock-on-call';
import { fail, list, lookup, on } from './mock-routes';
import { allTags } from './mock-tags';

const now = () => new Date().toISOString();
export const routes = new Map<number, AlertRoute>();
export const policies = new Map<number, Omit<EscalationPolicy, 'used_by'>>();

const inOrder = (): AlertRoute[] => [...routes.values()].sort((a, b) => a.position - b.position);

const places = (id: number, recipients: Recipients | null): boolean =>
  recipients?.to === 'policy' && recipients.policy_id === id;

function withUse(policy: Omit<EscalationPolicy, 'used_by'>): EscalationPolicy {
  const count = (all: Iterable<{ recipients: Recipients | null }>) =>
    [...all].filter(({ recipients }) => places(policy.id, recipients)).length;
  return { ...policy, used_by: { routes: count(routes.values()), monitors: count(monitors.values()) } };
}

function saveRoute(input: AlertRouteInput, old?: AlertRoute): AlertRoute {
  if (input.name === 'wrong') {
    fail(422, '1 field is not valid', [{ field: 'conditions.tags.0', message: 'there is no tag 9' }]);
  }
  const route: AlertRoute = {
    id: old?.id ?? nextId(),
    position: old?.position ?? routes.size + 1,
    name: input.name ?? old?.name ?? '',
    conditions: input.conditions ?? old?.conditions ?? {},
    recipients: input.recipients ?? old?.recipients ?? { to: 'nobody' },
    continue: input.continue ?? old?.continue ?? false,
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? now(),
    updated_at: now(),
  };
  routes.set(route.id, route);
  return route;
}

function savePolicy(input: EscalationPolicyInput, old?: Omit<EscalationPolicy, 'used_by'>): EscalationPolicy {
  const policy = {
    id: old?.id ?? nextId(),
    name: input.name ?? old?.name ?? '',
    steps: input.steps ?? old?.steps ?? [],
    repeats: input.repeats ?? old?.repeats ?? 0,
    repeat_after_minutes: input.repeat_after_minutes ?? old?.repeat_after_minutes ?? 30,
    acknowledgement_minutes: input.acknowledgement_minutes ?? old?.acknowledgement_minutes ?? 0,
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? now(),
    updated_at: now(),
  };
  policies.set(policy.id, policy);
  return withUse(policy);
}

/** What routes go by of a monitor. */
function unmet({ conditions }: AlertRoute, monitor: Monitor, alert: RoutedAlert): RouteCondition | null {
  const { tags = [], kinds = [], severities = [], alerts = [], error_codes: codes = [] } = conditions ?? {};
  const tagNames = allTags().flatMap(({ id, name }) => (tags.includes(id) ? [name] : []));
  if (tags.length > 0 && !monitor.tags.some((tag) => tagNames.includes(tag))) return 'tags';
  if (kinds.length > 0 && !(monitor.kind && kinds.includes(monitor.kind))) return 'kinds';
  if (severities.length > 0 && !severities.includes(monitor.severity)) return 'severities';
  if (alerts.length > 0 && !alerts.includes(alert)) return 'alerts';
  return codes.length > 0 ? 'error_codes' : null;
}

function explainTarget(target: EscalationTarget): ExplainedTarget {
  const person = (id: number) => ({
    id,
    name: team().members.find(({ user_id }) => user_id === id)?.name ?? null,
  });
  const reached = (name: string | null, ids: number[]): ExplainedTarget => {
    const count = ids.filter(hasChannel).length;
    return {
      ...target,
      name,
      channels: count,
      people: ids.map(person),
      unreachable: count ? null : 'no_channel',
    };
  };
  switch (target.kind) {
    case 'channel': {
      const channel = channels.get(target.id);
      const unreachable = channel?.enabled ? null : channel ? 'no_channel' : 'gone';
      return {
        ...target,
        name: channel?.name ?? null,
        channels: unreachable ? 0 : 1,
        people: [],
        unreachable,
      };
    }
    case 'person':
      return reached(person(target.id).name, [target.id]);
    case 'team': {
      const members = teams.get(target.id)?.members ?? [];
      return reached(
        teams.get(target.id)?.name ?? null,
        members.map(({ id }) => id),
      );
    }
    case 'schedule': {
      const first = schedules.get(target.id)?.layers[0]?.people[0];
      return reached(schedules.get(target.id)?.name ?? null, first === undefined ? [] : [first]);
    }
  }
}

function destination(
  why: Pick<ExplainedDestination, 'by' | 'route_id' | 'route_name'>,
  recipients: Recipients | null,
  severity: Monitor['severity'],
): ExplainedDestination {
  const all = [...channels.values()];
  const named =
    recipients === null
      ? all.filter(({ enabled }) => enabled)
      : all.filter(({ id }) => recipients.to === 'channels' && recipients.channels.includes(id));
  const policy = recipients?.to === 'policy' ? policies.get(recipients.policy_id) : undefined;
  let after = 0;
  return {
    ...why,
    recipients,
    channels: named.map(({ id, name, enabled }) => ({ id, name, enabled })),
    policy: policy
      ? {
          id: policy.id,
          name: policy.name,
          followed: true,
          steps: policy.steps.map(({ wait_minutes = 0, targets, conditions }) => {
            after += wait_minutes;
            const severities = conditions?.severities ?? [];
            return {
              after_minutes: after,
              applies: severities.length === 0 || severities.includes(severity),
              targets: targets.map(explainTarget),
            };
          }),
        }
      : null,
  };
}

export function explain(monitor: Monitor, alert: RoutedAlert): RouteExplanation {
  const { severity, kind, tags, recipients } = monitor;
  let isOpen = recipients === null;
  const destinations = recipients ? [destination({ by: 'monitor' }, recipients, severity)] : [];
  const explained = inOrder().map((route) => {
    const { id, name } = route;
    const condition = unmet(route, monitor, alert);
    const asked = isOpen;
    if (asked && condition === null) {
      destinations.push(
        destination({ by: 'route', route_id: id, route_name: name }, route.recipients, severity),
      );
      isOpen = route.continue;
    }
    return { id, name, matched: condition === null, unmet: condition, asked };
  });
  if (destinations.length === 0) destinations.push(destination({ by: 'default' }, null, severity));
  const held = heldOf(monitor);
  return { severity, kind, tags, recipients, at: now(), routes: explained, destinations, held };
}

/** Of a monitor that depends on others, as if the first of them were down, and in the quiet hours of a channel. */
function heldOf({ muted, muted_until, depends_on: [upstream] }: Monitor): RouteExplanation['held'] {
  const [channel] = channels.values();
  const held: RouteExplanation['held'] = [];
  if (muted) {
    held.push({ by: 'mute', until: muted_until, reason: 'the monitor is muted', channel_id: null });
  }
  if (upstream !== undefined && channel) {
    const reason = `monitor ${upstream}, on which it depends, is down`;
    const until = new Date(Date.now() + 5 * 3_600_000).toISOString();
    held.push(
      { by: 'dependency', until: null, reason, channel_id: null },
      {
        by: 'quiet_hours',
        until,
        reason: 'in quiet hours',
        channel_id: channel.id,
        channel_name: channel.name,
      },
    );
  }
  return held;
}

/** Why a channel was notified of an incident of the mock: the first by a route, others by a policy. */
export function causeOf(index: number): NonNullable<AlertStep['cause']> {
  const [policy] = policies.values();
  const [route] = inOrder();
  const by = { by: 'route', route_id: route?.id, route_name: route?.name } as const;
  const [schedule] = schedules.values();
  if (index === 0 || !policy) return by;
  const target = { kind: 'schedule', id: schedule?.id ?? 0, name: schedule?.name } as const;
  const step = { policy_id: policy.id, policy_name: policy.name, round: index > 2 ? 2 : 1, step: index };
  return { ...by, step: { ...step, target } };
}

export function createAlertPolicy(): void {
  const tag = (name: string) => allTags().flatMap((each) => (each.name === name ? [each.id] : []));
  const [slack, second, third] = [...channels.keys()];
  const [primary, database] = [...schedules.keys()];
  const [platform] = [...teams.keys()];
  const night = savePolicy({
    name: 'Night shift',
    steps: [
      { wait_minutes: 0, targets: [{ kind: 'schedule', id: primary ?? 0 }] },
      { wait_minutes: 5, targets: [{ kind: 'team', id: platform ?? 0 }] },
      {
        wait_minutes: 15,
        targets: [
          { kind: 'person', id: 3 },
          { kind: 'channel', id: third ?? 0 },
        ],
        conditions: { severities: ['critical'] },
      },
    ],
    repeats: 3,
    repeat_after_minutes: 30,
    acknowledgement_minutes: 60,
  });
  savePolicy({
    name: 'Databases',
    steps: [
      { wait_minutes: 0, targets: [{ kind: 'schedule', id: database ?? 0 }] },
      {
        wait_minutes: 10,
        targets: [
          { kind: 'channel', id: 9_999 },
          { kind: 'person', id: 2 },
        ],
      },
    ],
  });
  saveRoute({
    name: 'Payments and everything that customers pay with',
    conditions: { tags: tag('payments'), severities: ['critical', 'warning'], alerts: ['down'] },
    recipients: { to: 'policy', policy_id: night.id },
    continue: true,
  });
  saveRoute({
    name: 'Certificates',
    conditions: {
      kinds: ['tls', 'http'],
      error_codes: ['tls_expiring', 'tls_expired', 'tls_invalid', 'tls_failed', 'tls_timeout'],
    },
    recipients: { to: 'channels', channels: [slack ?? 0, second ?? 0] },
  });
  saveRoute({
    name: 'Outside office hours',
    conditions: {
      hours: {
        time_zone: 'Europe/Berlin',
        days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'],
        from: '08:00:00',
        until: '18:00:00',
      },
      outside_hours: true,
      severities: ['info'],
    },
    recipients: { to: 'nobody' },
  });
}

on('get', '/alert-routes', () => list(isEmpty() ? [] : inOrder()));
on('post', '/alert-routes', ({ body }) => saveRoute(body));
on('put', '/alert-routes/order', ({ body }) => {
  for (const [at, id] of body.ids.entries()) lookup(routes, String(id)).position = at + 1;
  return undefined;
});
on('get', '/alert-routes/{id}', ({ id }) => lookup(routes, id));
on('patch', '/alert-routes/{id}', ({ id, body }) => saveRoute(body, lookup(routes, id)));
on('delete', '/alert-routes/{id}', ({ id }) => {
  routes.delete(Number(id));
  return undefined;
});
on('get', '/monitors/{id}/alert-route', ({ id, query }) =>
  explain(lookup(monitors, id), query.alert === 'degraded' ? 'degraded' : 'down'),
);
on('get', '/escalation-policies', () => list(isEmpty() ? [] : [...policies.values()].map(withUse)));
on('post', '/escalation-policies', ({ body }) => savePolicy(body));
on('get', '/escalation-policies/{id}', ({ id }) => withUse(lookup(policies, id)));
on('patch', '/escalation-policies/{id}', ({ id, body }) => savePolicy(body, lookup(policies, id)));
on('delete', '/escalation-policies/{id}', ({ id }) => {
  const { used_by: use } = withUse(lookup(policies, id));
  if (use.routes + use.monitors > 0) fail(409, 'it is used by the route Payments');
  policies.delete(Number(id));
  return undefined;
});
