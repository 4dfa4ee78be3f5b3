import { monitorKindValues, severityValues } from '@/api/schema';
import { recipientsField, recipientsForm } from '@/components/recipients-form';
import { whole } from '@/components/schemas';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { dependsOnField } from './alerting/depends-on';
import { DOWN_RULE_FIELDS, downRuleForm, downRuleProblem, downRuleShape } from './alerting/down-rule';
import { FLAPPING_NUMBERS, flappingField, flappingForm } from './alerting/flapping';
import { anomaliesField, anomaliesForm } from './baseline/anomalies';
import { wholeOrBlank } from './kinds/form-fields';
import { slugOf } from './kinds/heartbeat-schema';
import { KIND_SCHEMAS } from './kinds/schemas';
import { monitorErrors } from './messages';
import { quorumProblem, regionsForm, regionsShape } from './regions/quorum';

const DEFAULT_TIMEOUT_MS = 10_000;

/** The maximum duration of a check: all attempts, and the delays between them with their jitter. */
export function deadlineMs(timeoutMs: number, retries: number, retryDelayMs: number): number {
  return (retries + 1) * timeoutMs + retries * Math.ceil((retryDelayMs * 5) / 4);
}

/** The server's default timeout: ten seconds, or less if the interval is too short. */
export function defaultTimeoutMs(intervalSeconds: number, retries: number, retryDelayMs: number): number {
  const left = (intervalSeconds * 1_000 - deadlineMs(0, retries, retryDelayMs)) / (retries + 1);
  return Math.max(0, Math.min(DEFAULT_TIMEOUT_MS, Math.floor((left - 1) / 100) * 100));
}

const MAX_TAGS = 20;

/** The names in a list with commas, each once. */
export function tagsOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  return names.filter((name, at) => {
    const isSame = (other: string) => other.toLowerCase() === name.toLowerCase();
    return name !== '' && names.findIndex(isSame) === at;
  });
}

const { http, tcp, tls, dns, icmp, heartbeat } = KIND_SCHEMAS;

/** Of the timing, what decides when a monitor is up again, and when it is degraded. */
export const timingFields = {
  up_after: whole(1, 100),
  slow_ms: wholeOrBlank(1, 120_000),
};

const fields = z
  .object({
    kind: z.enum(monitorKindValues),
    url: z.string().trim().min(1, { error: validation.required, abort: true }),
    name: z.string().trim().max(120, validation.maxCharacters(120)),
    interval_seconds: whole(10, 86_400),
    timeout_ms: wholeOrBlank(100, 120_000),
    retries: whole(0, 5),
    retry_delay_ms: whole(0, 60_000),
    ...downRuleShape,
    ...timingFields,
    upside_down: z.boolean(),
    external_key: z
      .string()
      .trim()
      .max(128, validation.maxCharacters(128))
      .regex(/^([A-Za-z0-9][A-Za-z0-9._:-]*)?$/, monitorErrors.externalKey),
    tags: z
      .string()
      .transform(tagsOf)
      .refine((tags) => tags.length <= MAX_TAGS, monitorErrors.maxTags(MAX_TAGS))
      .refine((tags) => tags.every((tag) => tag.length <= 60), validation.maxCharacters(60)),
    severity: z.enum(severityValues),
    recipients: recipientsField,
    depends_on: dependsOnField,
    flapping: flappingField,
    anomalies: anomaliesField,
    ...regionsShape,
    http: http.schema,
    tcp: tcp.schema,
    tls: tls.schema,
    dns: dns.schema,
    icmp: icmp.schema,
    heartbeat: heartbeat.schema,
  })
  .superRefine((values, context) => {
    const { interval_seconds, timeout_ms, retries, retry_delay_ms, slow_ms } = values;
    const wrong = downRuleProblem(values);
    if (wrong) context.addIssue({ code: 'custom', ...wrong });
    const undecided = quorumProblem(values.quorum, values.regions.length);
    if (undecided) context.addIssue({ code: 'custom', ...undecided });
    const timeout = timeout_ms ?? defaultTimeoutMs(interval_seconds, retries, retry_delay_ms);
    if (slow_ms !== null && slow_ms >= timeout) {
      context.addIssue({
        code: 'custom',
        path: ['slow_ms'],
        message: monitorErrors.slowerThanTimeout(timeout),
      });
    }
    const deadline = deadlineMs(timeout, retries, retry_delay_ms);
    if (deadline < interval_seconds * 1_000 && timeout >= 100) return;
    context.addIssue({
      code: 'custom',
      path: ['timeout_ms'],
      message:
        timeout_ms === null
          ? monitorErrors.retriesTooLong
          : monitorErrors.checkTooLong(deadline / 1_000, interval_seconds),
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
  ...downRuleForm({}),
  up_after: '1',
  slow_ms: '',
  upside_down: false,
  external_key: '',
  tags: '',
  severity: 'critical',
  recipients: recipientsForm(null),
  depends_on: [],
  flapping: flappingForm(null),
  anomalies: anomaliesForm(null),
  ...regionsForm({}),
  http: http.form({}),
  tcp: tcp.form({}),
  tls: tls.form({}),
  dns: dns.form({}),
  icmp: icmp.form({}),
  heartbeat: heartbeat.form({}),
};

/** Resets the hidden fields of other kinds, so that they cannot fail validation. */
function onlyOfKind(form: MonitorForm): MonitorForm {
  const { http, tcp, tls, dns, icmp, heartbeat } = NEW_MONITOR;
  const only = { ...form, http, tcp, tls, dns, icmp, heartbeat, [form.kind]: form[form.kind] };
  if (form.kind !== 'heartbeat') return only;
  const { interval_seconds, timeout_ms, retries, retry_delay_ms, up_after, slow_ms } = NEW_MONITOR;
  const { regions, quorum, anomalies } = NEW_MONITOR;
  const timing = { interval_seconds, timeout_ms, retries, retry_delay_ms, up_after, slow_ms };
  const sending = { ...timing, regions, quorum, anomalies };
  const { down_after: _, ...counting } = downRuleForm({});
  return { ...only, ...sending, ...counting, url: form.url.trim() || slugOf(form.name) };
}

export const monitorSchema = z
  .custom<MonitorForm>()
  .transform(onlyOfKind)
  .superRefine(({ kind, url }, context) => {
    const address = url.trim();
    if (address === '') return;
    const message = KIND_SCHEMAS[kind].addressProblem(address);
    if (message) context.addIssue({ code: 'custom', path: ['url'], message, continue: true });
  })
  .pipe(fields);

export const TIMING_FIELDS = [
  'timeout_ms',
  'slow_ms',
  'retries',
  'retry_delay_ms',
  ...DOWN_RULE_FIELDS,
  'up_after',
  'upside_down',
] as const;

export const BASIC_FIELDS = ['kind', 'url', 'name', 'tags', 'interval_seconds'] as const;

export const FLAPPING_FIELDS = FLAPPING_NUMBERS.map((name) => `flapping.${name}` as const);

export const ALERTING_FIELDS = [
  'severity',
  'recipients.channels',
  'recipients.policy_id',
  'depends_on',
  ...FLAPPING_FIELDS,
  'anomalies.sensitivity',
  'anomalies.notify',
] as const;
