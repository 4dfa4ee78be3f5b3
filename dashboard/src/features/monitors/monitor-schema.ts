import type { MonitorInput } from '@/api/monitors';
import { HTTP_METHODS, type Monitor } from '@/api/types';
import { formatDuration } from '@/lib/format';
import { z } from '@/lib/zod';

const DEFAULT_TIMEOUT_MS = 10_000;

// `abort`: one message for a field, and no check across fields while one of them is wrong.
const whole = (low: number, high: number) =>
  z
    .string()
    .trim()
    .regex(/^\d+$/, { error: 'must be a whole number', abort: true })
    .transform(Number)
    .refine((value) => value >= low && value <= high, { error: `must be ${low} to ${high}`, abort: true });

const wholeOrBlank = (low: number, high: number) =>
  z.union([z.literal('').transform(() => null), whole(low, high)], { error: `must be ${low} to ${high}` });

/** The longest that a whole check takes: all attempts, and the pauses between them with their jitter. */
export function deadlineMs(timeoutMs: number, retries: number, retryDelayMs: number): number {
  return (retries + 1) * timeoutMs + retries * Math.ceil((retryDelayMs * 5) / 4);
}

/** What the server takes when no timeout is given: ten seconds, or what fits the interval. */
export function defaultTimeoutMs(intervalSeconds: number, retries: number, retryDelayMs: number): number {
  const left = (intervalSeconds * 1_000 - deadlineMs(0, retries, retryDelayMs)) / (retries + 1);
  return Math.max(0, Math.min(DEFAULT_TIMEOUT_MS, Math.floor((left - 1) / 100) * 100));
}

const STATUS_RANGES = 'must be status codes from 100 to 599, like 200-299, 404';

function parseStatusRanges(text: string): [number, number][] | null {
  const ranges: [number, number][] = [];
  for (const part of text.split(',')) {
    const [, low, high] = /^\s*(\d{3})(?:\s*[-–]\s*(\d{3}))?\s*$/.exec(part) ?? [];
    const from = Number(low);
    const to = Number(high ?? low);
    if (!low || from < 100 || to > 599 || from > to) return null;
    ranges.push([from, to]);
  }
  return ranges.length <= 20 ? ranges : null;
}

export function formatStatusRanges(ranges: [number, number][]): string {
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

function isCheckable(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

export const monitorSchema = z
  .object({
    url: z
      .string()
      .trim()
      .min(1, { error: 'must not be blank', abort: true })
      .regex(/^https?:\/\//i, { error: 'must start with http:// or https://', abort: true })
      .refine(isCheckable, 'is not a valid address'),
    name: z.string().trim().max(120, 'must have at most 120 characters'),
    interval_seconds: whole(10, 86_400),
    timeout_ms: wholeOrBlank(100, 120_000),
    retries: whole(0, 5),
    retry_delay_ms: whole(0, 60_000),
    down_after: whole(1, 100),
    up_after: whole(1, 100),
    slow_ms: wholeOrBlank(1, 120_000),
    http: z.object({
      method: z.enum(HTTP_METHODS),
      expected_status: z.string().transform((text, context) => {
        const ranges = parseStatusRanges(text);
        if (ranges) return ranges;
        context.addIssue({ code: 'custom', message: STATUS_RANGES });
        return z.NEVER;
      }),
    }),
  })
  .superRefine(({ interval_seconds, timeout_ms, retries, retry_delay_ms }, context) => {
    const timeout = timeout_ms ?? defaultTimeoutMs(interval_seconds, retries, retry_delay_ms);
    const deadline = deadlineMs(timeout, retries, retry_delay_ms);
    if (deadline < interval_seconds * 1_000 && timeout >= 100) return;
    context.addIssue({
      code: 'custom',
      path: ['timeout_ms'],
      message:
        timeout_ms === null
          ? 'cannot be chosen: the retries and their delay do not fit the interval'
          : `makes the whole check last up to ${deadline / 1_000} s with its retries, which is not shorter than the interval of ${formatDuration(interval_seconds)}`,
    });
  });

export type MonitorForm = z.input<typeof monitorSchema>;
export type MonitorValues = z.output<typeof monitorSchema>;

export const FIELDS = [
  'url',
  'name',
  'interval_seconds',
  'timeout_ms',
  'retries',
  'retry_delay_ms',
  'down_after',
  'up_after',
  'slow_ms',
  'http.method',
  'http.expected_status',
] as const;

export const NEW_MONITOR: MonitorForm = {
  url: '',
  name: '',
  interval_seconds: '60',
  timeout_ms: '',
  retries: '1',
  retry_delay_ms: '1000',
  down_after: '1',
  up_after: '1',
  slow_ms: '',
  http: { method: 'GET', expected_status: '200-399' },
};

export function formOf(monitor: Monitor): MonitorForm {
  return {
    url: monitor.url,
    name: monitor.name,
    interval_seconds: String(monitor.interval_seconds),
    timeout_ms: String(monitor.timeout_ms),
    retries: String(monitor.retries),
    retry_delay_ms: String(monitor.retry_delay_ms),
    down_after: String(monitor.down_after),
    up_after: String(monitor.up_after),
    slow_ms: monitor.slow_ms === null ? '' : String(monitor.slow_ms),
    http: {
      method: monitor.http.method,
      expected_status: formatStatusRanges(monitor.http.expected_status),
    },
  };
}

/** A blank name or timeout is left to the server's defaults. */
export function inputOf({ name, timeout_ms, ...rest }: MonitorValues): MonitorInput {
  return { ...rest, ...(name !== '' && { name }), ...(timeout_ms !== null && { timeout_ms }) };
}

export function editOf(monitor: Monitor, values: MonitorValues): MonitorInput {
  const input = inputOf(values);
  const fields = Object.keys(input) as (keyof MonitorInput)[];
  return Object.fromEntries(
    fields
      .filter((field) => JSON.stringify(input[field]) !== JSON.stringify(monitor[field]))
      .map((field) => [field, input[field]]),
  );
}
