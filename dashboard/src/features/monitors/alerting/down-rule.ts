import type { Monitor } from '@/api/models';
import { whole } from '@/components/schemas';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { type DurationField, durationOf, durations, secondsOf } from '../kinds/duration';
import { ruleErrors } from './messages';

/** The failed checks that make a monitor down: in a row, or so many of the last ones. */
export const COUNTS = ['in_a_row', 'of_last'] as const;

const MAX_WINDOW = 60;
const DAY = 86_400;

/** The fields of a form that say when a monitor counts as down. */
export const downRuleShape = {
  down_count: z.enum(COUNTS),
  down_after: whole(1, 100),
  down_of: z.string().trim(),
  down_for_seconds: durations.orBlank({ low: 1, high: DAY, orZero: true }),
};

export interface DownRuleForm {
  down_count: (typeof COUNTS)[number];
  down_after: string;
  down_of: string;
  down_for_seconds: DurationField;
}

type DownRuleValues = Omit<DownRuleForm, 'down_after' | 'down_for_seconds'> & {
  down_after: number;
  down_for_seconds: number | null;
};

/** The names of these fields, for errors. */
export const DOWN_RULE_FIELDS = ['down_after', 'down_of', 'down_for_seconds.count'] as const;

export function downRuleForm(
  monitor: Partial<Pick<Monitor, 'down_after' | 'down_of' | 'down_for_seconds'>>,
): DownRuleForm {
  return {
    down_count: monitor.down_of == null ? 'in_a_row' : 'of_last',
    down_after: String(monitor.down_after ?? 1),
    // What is offered where somebody chooses to count this way.
    down_of: String(monitor.down_of ?? 5),
    down_for_seconds: durationOf(monitor.down_for_seconds || null),
  };
}

/** What is wrong with the number of the last checks. */
export function downRuleProblem({ down_count, down_after: after, down_of: of }: DownRuleValues) {
  if (down_count === 'in_a_row') return null;
  if (after >= MAX_WINDOW) {
    return { path: ['down_after'], message: validation.between(1, MAX_WINDOW - 1) };
  }
  if (!/^\d+$/.test(of)) return { path: ['down_of'], message: validation.wholeNumber };
  const isInRange = after < Number(of) && Number(of) <= MAX_WINDOW;
  return isInRange ? null : { path: ['down_of'], message: ruleErrors.window(after, MAX_WINDOW) };
}

/** Null is the default: checks in a row, however long that takes. */
export const downRuleInput = ({ down_count, down_after, down_of, down_for_seconds }: DownRuleValues) => ({
  down_after,
  down_of: down_count === 'of_last' ? Number(down_of) : null,
  down_for_seconds: down_for_seconds || null,
});

export interface DownRule {
  after: number;
  /** Null where the checks have to be in a row. */
  of: number | null;
  /** Seconds. */
  lasting: number;
}

/** The rule as it is typed; null while it is not complete. */
export function typedRule({ down_for_seconds: lasting, ...form }: DownRuleForm): DownRule | null {
  const seconds = lasting.count.trim() === '' ? 0 : secondsOf(lasting);
  const after = downRuleShape.down_after.safeParse(form.down_after);
  if (!after.success || seconds === null || seconds > DAY) return null;
  const values = {
    ...form,
    down_after: after.data,
    down_of: form.down_of.trim(),
    down_for_seconds: seconds,
  };
  if (downRuleProblem(values)) return null;
  return { after: after.data, of: downRuleInput(values).down_of, lasting: seconds };
}

/** Seconds from the first failed check to the one that makes the monitor down, at least. */
export const earliestSeconds = ({ after, lasting }: DownRule, interval: number): number =>
  Math.max(after - 1, Math.ceil(lasting / interval)) * interval;
