import type { HeartbeatSettings, ScheduleInput } from '@/api/models';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { heartbeatErrors } from '../heartbeats/messages';
import { type DurationField, durationOf, durations, secondsOf } from './duration';
import { linesOrBlank } from './form-fields';
import type { KindSchema } from './kind-schema';

const MINUTE = 60;
const DAY = 86_400;
const YEAR = 365 * DAY;
const DEFAULT_PERIOD = DAY;
const DEFAULT_GRACE = 3_600;
const MAX_EXPRESSION = 100;
const MAX_WORDS = 10;
const MAX_WORD_BYTES = 100;

export const SCHEDULE_TYPES = ['period', 'cron', 'on_calendar'] as const;
export type ScheduleType = (typeof SCHEDULE_TYPES)[number];

/** Like the server: one line of five words is cron, everything else is OnCalendar. */
export function isCron(expression: string): boolean {
  const text = expression.trim();
  return !text.includes('\n') && text.split(/\s+/).length === 5;
}

interface ScheduleFields {
  type: ScheduleType;
  period_seconds: DurationField;
  expression: string;
  timezone: string;
}

/** What is wrong with an expression before the server has seen it, or null. */
function expressionProblem({ type, expression }: ScheduleFields): string | null {
  if (expression.trim() === '') return validation.required;
  if (expression.length > MAX_EXPRESSION) return validation.maxCharacters(MAX_EXPRESSION);
  if (type === 'cron' && !isCron(expression)) return heartbeatErrors.cronFields;
  return type === 'on_calendar' && isCron(expression) ? heartbeatErrors.looksLikeCron : null;
}

const period = durations.orBlank({ low: MINUTE, high: YEAR });

const schedule = z
  .object({
    type: z.enum(SCHEDULE_TYPES),
    period_seconds: z.custom<DurationField>(),
    expression: z.string(),
    timezone: z.string(),
  })
  .transform((fields, context): ScheduleInput => {
    if (fields.type === 'period') {
      const parsed = period.safeParse(fields.period_seconds);
      if (parsed.success && parsed.data !== null) return { period_seconds: parsed.data };
      const message = parsed.error?.issues[0]?.message ?? validation.required;
      context.addIssue({ code: 'custom', path: ['period_seconds', 'count'], message });
      return z.NEVER;
    }
    const message = expressionProblem(fields);
    if (message) {
      context.addIssue({ code: 'custom', path: ['expression'], message });
      return z.NEVER;
    }
    return { expression: fields.expression.trim(), timezone: fields.timezone };
  });

const words = linesOrBlank(MAX_WORDS, MAX_WORD_BYTES);

const body = z
  .object({ fail: words, success: words, start: words, otherwise_fail: z.boolean() })
  .transform(({ fail, success, start, otherwise_fail }, context) => {
    if (!fail && !success && !start) {
      if (!otherwise_fail) return null;
      context.addIssue({ code: 'custom', path: ['otherwise_fail'], message: heartbeatErrors.noWords });
      return z.NEVER;
    }
    return {
      ...(fail && { fail }),
      ...(success && { success }),
      ...(start && { start }),
      ...(otherwise_fail && { otherwise_fail }),
    };
  });

/** The times, in the order of the form. */
const TIMES = {
  grace_seconds: durations.orDefault({ low: MINUTE, high: YEAR }, DEFAULT_GRACE),
  early_seconds: durations.orDefault({ low: 1, high: 3_600, orZero: true }, 0),
  start_grace_seconds: durations.orBlank({ low: MINUTE, high: YEAR }),
  longest_run_seconds: durations.orBlank({ low: MINUTE, high: YEAR, orZero: true }),
  shortest_run_seconds: durations.orBlank({ low: 1, high: 7 * DAY }),
  least_pause_seconds: durations.orBlank({ low: 1, high: 7 * DAY }),
};

export type TimeField = keyof typeof TIMES;

const lines = (items: string[] | undefined) => (items ?? []).join('\n');

const parts = <N extends string>(name: N) => [`${name}.count`, `${name}.unit`] as const;

/** The letters, digits, - and _ of a name, as the server makes them. */
export function slugOf(name: string): string {
  const slug = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[^a-z0-9_]+/g, '-');
  return slug.replace(/^-+/, '').slice(0, 64).replace(/-+$/, '');
}

const shortSlug = (text: string) => text.trim().replace(/^heartbeat:\/\//, '');

const slugAddress = (text: string) => `heartbeat://${shortSlug(text)}`;

const HEARTBEAT_SCHEDULE = [
  'heartbeat.schedule.type',
  ...parts('heartbeat.schedule.period_seconds'),
  'heartbeat.schedule.expression',
  'heartbeat.schedule.timezone',
  ...parts('heartbeat.grace_seconds'),
] as const;

export const HEARTBEAT_RUNS = [
  ...parts('heartbeat.early_seconds'),
  ...parts('heartbeat.start_grace_seconds'),
  ...parts('heartbeat.longest_run_seconds'),
  ...parts('heartbeat.shortest_run_seconds'),
  ...parts('heartbeat.least_pause_seconds'),
] as const;

export const HEARTBEAT_FILTERS = [
  'heartbeat.post_only',
  'heartbeat.body.fail',
  'heartbeat.body.success',
  'heartbeat.body.start',
  'heartbeat.body.otherwise_fail',
] as const;

export const heartbeat = {
  schema: z.object({ schedule, ...TIMES, post_only: z.boolean(), body }),
  form: ({
    schedule,
    grace_seconds,
    early_seconds,
    start_grace_seconds,
    longest_run_seconds,
    shortest_run_seconds,
    least_pause_seconds,
    post_only,
    body,
  }: HeartbeatSettings) => {
    const expression = schedule?.expression ?? '';
    const type: ScheduleType = expression === '' ? 'period' : isCron(expression) ? 'cron' : 'on_calendar';
    return {
      schedule: {
        type,
        period_seconds: durationOf(schedule?.period_seconds ?? DEFAULT_PERIOD),
        expression,
        timezone: schedule?.timezone ?? 'UTC',
      },
      grace_seconds: durationOf(grace_seconds ?? DEFAULT_GRACE),
      early_seconds: durationOf(early_seconds || null, 's'),
      start_grace_seconds: durationOf(start_grace_seconds),
      longest_run_seconds: durationOf(longest_run_seconds, 'h'),
      shortest_run_seconds: durationOf(shortest_run_seconds, 's'),
      least_pause_seconds: durationOf(least_pause_seconds),
      post_only: post_only ?? false,
      body: {
        fail: lines(body?.fail),
        success: lines(body?.success),
        start: lines(body?.start),
        otherwise_fail: body?.otherwise_fail ?? false,
      },
    };
  },
  fields: [...HEARTBEAT_SCHEDULE, ...HEARTBEAT_RUNS, ...HEARTBEAT_FILTERS],
  addressProblem: (text) => (/^[a-z0-9_-]{1,64}$/.test(shortSlug(text)) ? null : heartbeatErrors.slug),
  tidy: (text) => text,
  address: slugAddress,
} as const satisfies KindSchema<HeartbeatSettings>;

type HeartbeatForm = ReturnType<typeof heartbeat.form>;

/** The schedule as it is typed, for the server to preview; null while it is not complete. */
export function previewOf({ schedule: fields, grace_seconds: grace }: HeartbeatForm) {
  const parsed = schedule.safeParse(fields);
  return parsed.success ? { schedule: parsed.data, grace_seconds: secondsOf(grace) ?? DEFAULT_GRACE } : null;
}
