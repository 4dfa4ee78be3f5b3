import { KINDS } from '@/api/types';
import { formatDuration } from '@/lib/format';
import { z } from '@/lib/zod';
import { whole, wholeOrBlank } from './form-fields';
import { ANSWER_FIELDS, httpSchema, NEW_HTTP, REQUEST_FIELDS } from './http-schema';
import { dnsSchema, hostProblem, icmpSchema, NEW_NET, tcpSchema, tlsSchema } from './net-schema';

const DEFAULT_TIMEOUT_MS = 10_000;

/** The longest that a whole check takes: all attempts, and the pauses between them with their jitter. */
export function deadlineMs(timeoutMs: number, retries: number, retryDelayMs: number): number {
  return (retries + 1) * timeoutMs + retries * Math.ceil((retryDelayMs * 5) / 4);
}

/** What the server takes when no timeout is given: ten seconds, or what fits the interval. */
export function defaultTimeoutMs(intervalSeconds: number, retries: number, retryDelayMs: number): number {
  const left = (intervalSeconds * 1_000 - deadlineMs(0, retries, retryDelayMs)) / (retries + 1);
  return Math.max(0, Math.min(DEFAULT_TIMEOUT_MS, Math.floor((left - 1) / 100) * 100));
}

function urlProblem(url: string): string | null {
  if (!/^https?:\/\//i.test(url)) return 'must start with http:// or https://';
  if (!URL.canParse(url)) return 'is not a valid address';
  const { username, password } = new URL(url);
  return username || password ? 'must not contain credentials' : null;
}

const fields = z
  .object({
    kind: z.enum(KINDS),
    url: z.string().trim().min(1, { error: 'must not be blank', abort: true }),
    name: z.string().trim().max(120, 'must have at most 120 characters'),
    interval_seconds: whole(10, 86_400),
    timeout_ms: wholeOrBlank(100, 120_000),
    retries: whole(0, 5),
    retry_delay_ms: whole(0, 60_000),
    down_after: whole(1, 100),
    up_after: whole(1, 100),
    slow_ms: wholeOrBlank(1, 120_000),
    upside_down: z.boolean(),
    http: httpSchema,
    tcp: tcpSchema,
    tls: tlsSchema,
    dns: dnsSchema,
    icmp: icmpSchema,
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

export type MonitorForm = z.input<typeof fields>;
export type MonitorValues = z.output<typeof fields>;

export const NEW_MONITOR: MonitorForm = {
  kind: 'http',
  url: '',
  name: '',
  interval_seconds: '60',
  timeout_ms: '',
  retries: '1',
  retry_delay_ms: '1000',
  down_after: '1',
  up_after: '1',
  slow_ms: '',
  upside_down: false,
  http: NEW_HTTP,
  ...NEW_NET,
};

const { http, tcp, tls, dns, icmp } = NEW_MONITOR;

/** What was left in the fields of another kind, which are not shown, must not stand in the way. */
const onlyOfKind = (form: MonitorForm): MonitorForm => ({
  ...form,
  ...{ http, tcp, tls, dns, icmp },
  [form.kind]: form[form.kind],
});

export const monitorSchema = z
  .custom<MonitorForm>()
  .transform(onlyOfKind)
  .superRefine(({ kind, url }, context) => {
    const address = url.trim();
    if (address === '') return;
    const message = kind === 'http' ? urlProblem(address) : hostProblem(address, kind);
    if (message) context.addIssue({ code: 'custom', path: ['url'], message, continue: true });
  })
  .pipe(fields);

const NET_FIELDS = {
  tcp: ['tcp.send', 'tcp.expect'],
  tls: ['tls.warn_days', 'tls.verify_tls'],
  dns: ['dns.record_type', 'dns.expected', 'dns.resolver'],
  icmp: ['icmp.packets', 'icmp.max_loss_percent'],
} as const;

/** The fields that each kind has of its own. */
export const KIND_FIELDS = { http: [...REQUEST_FIELDS, ...ANSWER_FIELDS], ...NET_FIELDS } as const;

export const TIMING_FIELDS = [
  'timeout_ms',
  'slow_ms',
  'retries',
  'retry_delay_ms',
  'down_after',
  'up_after',
  'upside_down',
] as const;

export const BASIC_FIELDS = ['kind', 'url', 'name', 'interval_seconds'] as const;
