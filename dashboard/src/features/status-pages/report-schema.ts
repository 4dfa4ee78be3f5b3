import type { UseFormReturn } from 'react-hook-form';
import type { ComponentImpact, ReportUpdateInput, StatusPage, StatusReport } from '@/api/models';
import { impactValues, reportStatusValues } from '@/api/schema';
import { browserTimeZone, formatLocalTime, parseLocalTime, toInstant, toLocalTime } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { reportErrors } from './messages';

const MAX_TEXT = 10_000;
export const MAX_POSTMORTEM = 20_000;

export const titleField = z
  .string()
  .trim()
  .min(1, validation.required)
  .max(200, validation.maxCharacters(200));

export const messageField = z
  .string()
  .trim()
  .min(1, validation.required)
  .max(MAX_TEXT, validation.maxCharacters(MAX_TEXT));

/** A time in the browser's zone, which has begun; blank for now. */
export const startedAtField = z
  .string()
  .refine((at) => at === '' || !Number.isNaN(parseLocalTime(at)), reportErrors.dateTime);

export const updateSchema = z.object({
  status: z.enum(reportStatusValues),
  message: messageField,
  components: z.array(z.object({ component_id: z.number(), impact: z.enum(impactValues) })),
  /** Blank until it is chosen. */
  notify: z.enum(['', 'yes', 'no']).refine((choice) => choice !== '', reportErrors.notify),
});

export type UpdateForm = z.input<typeof updateSchema>;
export type UpdateValues = z.output<typeof updateSchema>;

/** The part of a form that is an update. */
export type UpdateFormApi = UseFormReturn<UpdateForm, unknown, UpdateValues>;

/** The names that the server gives them within an update; of the components those of the first. */
export const UPDATE_FIELDS = [
  'status',
  'message',
  'components',
  'components.0.component_id',
  'components.0.impact',
  'notify',
] as const;

export const newReportSchema = updateSchema.extend({ title: titleField, started_at: startedAtField });

const isAmong = (known: readonly ComponentImpact[], { component_id: id, impact }: ComponentImpact): boolean =>
  known.some((each) => each.component_id === id && each.impact === impact);

/** The form's name of a field of the server, which does not count the components that are as they are `known`. */
export function updateField(
  field: string,
  components: readonly ComponentImpact[],
  known: readonly ComponentImpact[],
): string {
  const [, place, rest = ''] = /^components\.(\d+)(.*)$/.exec(field) ?? [];
  if (place === undefined) return field;
  const sent = components.flatMap((each, at) => (isAmong(known, each) ? [] : [at]));
  const at = sent[Number(place)];
  return at === undefined ? 'components' : `components.${at}${rest}`;
}

/** `known`: the impacts by now, of which only changes are sent. */
export function updateInput(
  { status, message, components, notify }: UpdateValues,
  known: readonly ComponentImpact[] = [],
): ReportUpdateInput {
  return {
    status,
    message,
    // All become operational by themselves.
    components: status === 'resolved' ? [] : components.filter((each) => !isAmong(known, each)),
    notify: notify === 'yes',
  };
}

/** For a field of a date and time. */
export const localTimeOf = (at: string): string =>
  formatLocalTime(toLocalTime(Math.floor(Date.parse(at) / 1_000) * 1_000, browserTimeZone()));

/** What such a field says, as an instant. */
export const instantOf = (local: string): string =>
  new Date(toInstant(parseLocalTime(local), browserTimeZone())).toISOString();

export interface NamedComponent {
  id: number;
  name: string;
  group: string | null;
}

export const componentsOf = ({ groups }: StatusPage): NamedComponent[] =>
  groups.flatMap(({ name: group, components }) => components.map(({ id, name }) => ({ id, name, group })));

export const isOpen = ({ resolved_at }: StatusReport): boolean => resolved_at === null;
