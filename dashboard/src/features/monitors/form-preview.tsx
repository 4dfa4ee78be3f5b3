import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import { Zap } from 'lucide-react';
import { useWatch } from 'react-hook-form';
import type { OnDemandCheck } from '@/api/models';
import { previewMonitor } from '@/api/monitors';
import { Button } from '@/components/button';
import { ErrorNotice } from '@/components/notice';
import { cx } from '@/lib/cx';
import { SEVERITY_LABELS } from '@/messages/alerting';
import { monitorAlerting } from './alerting/messages';
import { CheckSummary } from './check-summary';
import { slugOf } from './kinds/heartbeat-schema';
import { KIND_SCHEMAS } from './kinds/schemas';
import { formMessages, KIND_MESSAGES, previewMessages as messages, monitorMessages } from './messages';
import { inputOf } from './monitor-input';
import { type MonitorForm, type MonitorValues, monitorSchema, tagsOf } from './monitor-schema';
import type { Form } from './use-fields';

interface Asked {
  values: MonitorValues;
  /** Those of the form that a check goes by, as text. */
  settings: string;
  /** Whether nobody has asked for it: an address was pasted. */
  isByItself: boolean;
}

type Preview = UseMutationResult<OnDemandCheck, Error, Asked>;

/** What a check goes by. */
const settingsOf = (form: MonitorForm): string => {
  const { kind, url, timeout_ms, retries, retry_delay_ms, slow_ms, upside_down } = form;
  const address = KIND_SCHEMAS[kind].tidy(url);
  return JSON.stringify([
    kind,
    address,
    timeout_ms,
    retries,
    retry_delay_ms,
    slow_ms,
    upside_down,
    form[kind],
  ]);
};

const hasSavedSecret = (values: MonitorValues): boolean => JSON.stringify(inputOf(values)).includes('"***"');

/** Whether a check only looks: what changes something there, or shows who asks, is sent when somebody wants it to be. */
export function isHarmless({ kind, http, tcp }: MonitorValues): boolean {
  if (kind === 'tcp') return tcp.send === null;
  if (kind !== 'http') return kind !== 'heartbeat';
  const { method, auth, headers, body } = http;
  return (method === 'GET' || method === 'HEAD') && auth === null && headers === null && body === null;
}

/** One check with the settings in the form, when it is asked for and when an address is pasted. */
export function usePreview(form: Form) {
  const preview: Preview = useMutation({
    mutationFn: ({ values }: Asked) => previewMonitor(inputOf(values)),
  });
  const asked = (values: MonitorValues, isByItself: boolean): Asked => ({
    values,
    settings: settingsOf(form.getValues()),
    isByItself,
  });
  return {
    preview,
    ask: (values: MonitorValues) => preview.mutateAsync(asked(values, false)),
    /** Not of what is incomplete, and not of what the server would refuse to check. */
    onPasted() {
      const { data: values } = monitorSchema.safeParse(form.getValues());
      if (!values || !isHarmless(values) || preview.isPending || hasSavedSecret(values)) return;
      preview.mutate(asked(values, true));
    },
  };
}

/** When it counts as down, in words; null while that is not a number yet. */
function downText({ down_count: by, down_after: after, down_of: of }: MonitorForm): string | null {
  const [count, window] = [Number(after), Number(of)];
  if (!(count > 0)) return null;
  if (by === 'in_a_row') return messages.downInARow(count);
  return window > 0 ? messages.downOfLast(count, window) : null;
}

/** What would be saved, as it is typed. */
function Outline({ form }: { form: MonitorForm }) {
  const { kind, name, severity } = form;
  const isHeartbeat = kind === 'heartbeat';
  const address = KIND_SCHEMAS[kind].tidy(form.url) || (isHeartbeat ? slugOf(name) : '');
  if (address === '') return <p className="text-ink-soft text-sm">{messages.nothingYet}</p>;
  const interval = Number(form.interval_seconds);
  const tags = tagsOf(form.tags);
  const facts = [
    isHeartbeat && messages.waits,
    !isHeartbeat && interval > 0 && messages.timing(interval, Number(form.retries) || 0),
    kind === 'http' && formMessages.status(form.http.expected_status),
    !isHeartbeat && downText(form),
    monitorAlerting.severity(SEVERITY_LABELS[severity]),
    tags.length > 0 && messages.tagged(tags),
  ].filter((fact) => typeof fact === 'string');
  return (
    <div className="min-w-0 text-sm">
      <p className="wrap-anywhere font-semibold">{name.trim() || address}</p>
      <p className="wrap-anywhere mt-0.5 text-ink-soft">
        {kind === 'http' ? form.http.method : KIND_MESSAGES[kind].shortLabel} {address}
      </p>
      <ul className="mt-3 grid gap-1 text-ink-soft">
        {facts.map((fact) => (
          <li key={fact} className="wrap-anywhere">
            {fact}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Props {
  form: Form;
  preview: Preview;
  onCheck: () => void;
}

/** What the form would save, and what a check with its settings finds. */
export function FormPreview({ form, preview, onCheck }: Props) {
  // All of them from the start: every field has a value.
  const values = useWatch({ control: form.control }) as MonitorForm;
  const isHeartbeat = values.kind === 'heartbeat';
  const { variables: asked, error } = preview;
  const isOutdated = asked !== undefined && asked.settings !== settingsOf(values);
  return (
    <section aria-label={monitorMessages.preview} className="card grid grid-cols-1 gap-4 p-5">
      <div className="flex min-h-10 items-center justify-between gap-4">
        <h2 className="font-semibold">{formMessages.whatIsSaved}</h2>
        {!isHeartbeat && (
          <Button busy={preview.isPending} onClick={onCheck}>
            {!preview.isPending && <Zap className="size-4" aria-hidden />}
            {monitorMessages.preview}
          </Button>
        )}
      </div>
      <Outline form={values} />
      {!isHeartbeat && (
        <div role="status" className="grid gap-3 border-line border-t pt-4 empty:hidden">
          {error && asked && hasSavedSecret(asked.values) && (
            <p className="text-ink-soft text-sm">{messages.secrets}</p>
          )}
          {/* What was asked for has its errors at the fields. */}
          {error && asked?.isByItself && !isOutdated && <ErrorNotice error={error} />}
          {preview.data && !preview.isPending && (
            <>
              <div className={cx(isOutdated && 'opacity-60')}>
                <CheckSummary check={preview.data} />
              </div>
              <p className="text-ink-soft text-xs">{isOutdated ? messages.outdated : messages.oneOff}</p>
            </>
          )}
        </div>
      )}
    </section>
  );
}
