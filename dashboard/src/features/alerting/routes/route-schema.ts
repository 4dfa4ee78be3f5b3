import type { AlertRoute, AlertRouteInput, MonitorKind } from '@/api/models';
import { errorCodeValues, monitorKindValues, routedAlertValues, severityValues } from '@/api/schema';
import { hoursField, hoursForm, hoursInput } from '@/components/hours-form';
import { recipientsField, recipientsForm, recipientsInput } from '@/components/recipients-form';
import { nameField } from '@/components/schemas';
import { z } from '@/lib/zod';
import { alertingErrors } from '@/messages/alerting';

const MAX_VALUES = 50;

export const routeSchema = z.object({
  name: nameField,
  conditions: z.object({
    tags: z.array(z.number()).max(MAX_VALUES, alertingErrors.atMost(MAX_VALUES)),
    kinds: z.array(z.enum(monitorKindValues)),
    severities: z.array(z.enum(severityValues)),
    alerts: z.array(z.enum(routedAlertValues)),
    error_codes: z.array(z.enum(errorCodeValues)).max(MAX_VALUES, alertingErrors.atMost(MAX_VALUES)),
    hours: hoursField,
  }),
  recipients: recipientsField,
  continue: z.boolean(),
});

export type RouteForm = z.infer<typeof routeSchema>;

export const ROUTE_FIELDS = [
  'name',
  'conditions.tags',
  'conditions.kinds',
  'conditions.severities',
  'conditions.alerts',
  'conditions.error_codes',
  'conditions.hours.days',
  'conditions.hours.from',
  'conditions.hours.until',
  'conditions.hours.time_zone',
  'recipients.channels',
  'recipients.policy_id',
  'continue',
] as const;

const isKind = (kind: string): kind is MonitorKind => (monitorKindValues as readonly string[]).includes(kind);

export function routeForm(route: AlertRoute | null): RouteForm {
  const conditions = route?.conditions ?? {};
  return {
    name: route?.name ?? '',
    conditions: {
      tags: conditions.tags ?? [],
      kinds: (conditions.kinds ?? []).filter(isKind),
      severities: conditions.severities ?? [],
      alerts: conditions.alerts ?? [],
      error_codes: conditions.error_codes ?? [],
      hours: hoursForm(conditions),
    },
    recipients: recipientsForm(route?.recipients ?? null, 'channels'),
    continue: route?.continue ?? false,
  };
}

export function routeInput({ name, conditions, recipients, continue: goesOn }: RouteForm): AlertRouteInput {
  const { hours, ...lists } = conditions;
  const given = Object.entries(lists).filter(([, values]) => values.length > 0);
  return {
    name,
    conditions: { ...Object.fromEntries(given), ...hoursInput(hours) },
    recipients: recipientsInput(recipients),
    continue: goesOn,
  };
}

/** A route that takes everything and ends there: those below it are never asked. */
export const takesEverything = ({ conditions, continue: goesOn }: AlertRoute): boolean =>
  conditions !== null &&
  !goesOn &&
  Object.values(conditions).every((each) => each == null || (Array.isArray(each) && each.length === 0));
