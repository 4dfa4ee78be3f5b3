import type { MonitorKind, RouteConditions } from '@/api/models';
import { errorCodeValues, monitorKindValues, routedAlertValues, severityValues } from '@/api/schema';
import { z } from '@/lib/zod';
import { alertingErrors } from '@/messages/alerting';
import { hoursField, hoursForm, hoursInput } from './hours-form';

const MAX_VALUES = 50;

/** Which incidents something is about. All conditions have to be met; one that lists nothing always is. */
export const conditionsField = z.object({
  tags: z.array(z.number()).max(MAX_VALUES, alertingErrors.atMost(MAX_VALUES)),
  kinds: z.array(z.enum(monitorKindValues)),
  severities: z.array(z.enum(severityValues)),
  alerts: z.array(z.enum(routedAlertValues)),
  error_codes: z.array(z.enum(errorCodeValues)).max(MAX_VALUES, alertingErrors.atMost(MAX_VALUES)),
  hours: hoursField,
});

export type ConditionsForm = z.infer<typeof conditionsField>;

/** The fields that the server names, of a form that has them as `conditions`. */
export const CONDITION_FIELDS = [
  'conditions.tags',
  'conditions.kinds',
  'conditions.severities',
  'conditions.alerts',
  'conditions.error_codes',
  'conditions.hours.days',
  'conditions.hours.from',
  'conditions.hours.until',
  'conditions.hours.time_zone',
] as const;

const isKind = (kind: string): kind is MonitorKind => (monitorKindValues as readonly string[]).includes(kind);

export function conditionsForm(conditions: RouteConditions | null | undefined): ConditionsForm {
  return {
    tags: conditions?.tags ?? [],
    kinds: (conditions?.kinds ?? []).filter(isKind),
    severities: conditions?.severities ?? [],
    alerts: conditions?.alerts ?? [],
    error_codes: conditions?.error_codes ?? [],
    hours: hoursForm(conditions ?? {}),
  };
}

export function conditionsInput({ hours, ...lists }: ConditionsForm): RouteConditions {
  const given = Object.entries(lists).filter(([, values]) => values.length > 0);
  return { ...Object.fromEntries(given), ...hoursInput(hours) };
}

/** Whether every incident meets them. */
export const areEmpty = (conditions: RouteConditions): boolean =>
  Object.values(conditions).every((each) => !each || (Array.isArray(each) && each.length === 0));
