import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { heartbeatErrors } from '../heartbeats/messages';

/** A time in the form: a number and its unit. */
export const UNIT_SECONDS = { s: 1, min: 60, h: 3_600, d: 86_400 } as const;

export type Unit = keyof typeof UNIT_SECONDS;

export interface DurationField {
  count: string;
  unit: Unit;
}

const UNITS = Object.keys(UNIT_SECONDS) as [Unit, ...Unit[]];

/** The seconds of a field as it is now; null while it holds no whole number. */
export const secondsOf = ({ count, unit }: DurationField): number | null =>
  /^\d+$/.test(count.trim()) ? Number(count) * UNIT_SECONDS[unit] : null;

/** The largest unit of which it is a whole number. */
export function durationOf(seconds: number | null | undefined, blankUnit: Unit = 'min'): DurationField {
  if (seconds == null) return { count: '', unit: blankUnit };
  if (seconds === 0) return { count: '0', unit: blankUnit };
  const unit = UNITS.findLast((each) => seconds % UNIT_SECONDS[each] === 0) ?? 's';
  return { count: String(seconds / UNIT_SECONDS[unit]), unit };
}

interface Range {
  low: number;
  high: number;
  /** Whether 0 is allowed below `low`. */
  orZero?: boolean;
}

/** Seconds, or null where the field is blank. What is wrong is said at the number. */
const durationOrBlank = ({ low, high, orZero = false }: Range) =>
  z.object({ count: z.string().trim(), unit: z.enum(UNITS) }).transform((field, context): number | null => {
    if (field.count === '') return null;
    const seconds = secondsOf(field);
    if (seconds !== null && ((seconds >= low && seconds <= high) || (orZero && seconds === 0))) {
      return seconds;
    }
    const message = seconds === null ? validation.wholeNumber : heartbeatErrors.duration(low, high);
    context.addIssue({ code: 'custom', path: ['count'], message });
    return z.NEVER;
  });

/** Seconds that are `blank` where the field is. */
const duration = (range: Range, blank: number) =>
  durationOrBlank(range).transform((seconds) => seconds ?? blank);

export const durations = { orBlank: durationOrBlank, orDefault: duration };
