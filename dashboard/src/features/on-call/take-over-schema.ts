import { formatLocalTime, parseLocalTime, toInstant, toLocalTime } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { takeOverMessages } from './messages';
import type { Span } from './timeline-scale';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MAX_DAYS = 92;
/** What is offered where no shift says how long. */
const DEFAULT_HOURS = 8;

/** Times are those of a datetime-local field. */
export const takeOverSchema = z
  .object({ user_id: z.string().min(1, validation.required), from: z.string(), until: z.string() })
  .superRefine(({ from, until }, context) => {
    const addError = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const [start, end] = [parseLocalTime(from), parseLocalTime(until)];
    if (Number.isNaN(start)) addError('from', validation.dateTime);
    if (Number.isNaN(end)) addError('until', validation.dateTime);
    else if (end <= start) addError('until', validation.endBeforeStart);
    else if (end - start > MAX_DAYS * DAY_MS) addError('until', takeOverMessages.tooLong);
  });

export type TakeOverForm = z.output<typeof takeOverSchema>;

/** The rest of a shift, or else the next hours. */
export function takeOverForm(user: number, span: Span | null, now: number, zone: string): TakeOverForm {
  const start = Math.max(span?.from ?? 0, Math.floor(now / MINUTE_MS) * MINUTE_MS);
  const end = Math.min(
    span && span.until > start ? span.until : Math.ceil(start / HOUR_MS) * HOUR_MS + DEFAULT_HOURS * HOUR_MS,
    start + MAX_DAYS * DAY_MS,
  );
  const field = (at: number) => formatLocalTime(toLocalTime(at, zone));
  return { user_id: String(user), from: field(start), until: field(end) };
}

export function takeOverInput({ user_id, from, until }: TakeOverForm, zone: string) {
  const instant = (field: string) => new Date(toInstant(parseLocalTime(field), zone)).toISOString();
  return { user_id: Number(user_id), from: instant(from), until: instant(until) };
}
