import { useMutation } from '@tanstack/react-query';
import { CircleCheck, OctagonX, Zap } from 'lucide-react';
import { checkNow } from '@/api/monitors';
import type { CheckAnswer, Monitor } from '@/api/types';
import { Button } from '@/components/button';
import { FormDialog } from '@/components/dialog';
import { ErrorNotice } from '@/components/notice';
import { describeCause } from '@/lib/causes';
import { formatDateTime, formatLatency } from '@/lib/format';

const PHASES = [
  ['dns', 'Name resolution'],
  ['connect', 'Connection'],
  ['tls', 'TLS handshake'],
  ['first_byte', 'First byte'],
  ['transfer', 'Transfer'],
] as const;

function Verdict({ answer }: { answer: CheckAnswer }) {
  const Icon = answer.up ? CircleCheck : OctagonX;
  return (
    <p className={`flex items-center gap-2 font-semibold ${answer.up ? 'text-up' : 'text-down'}`}>
      <Icon className="size-5 shrink-0" aria-hidden />
      {answer.up ? 'UP' : 'DOWN'} · {formatLatency(answer.latency_ms)}
      {answer.status_code !== null && ` · HTTP ${answer.status_code}`}
    </p>
  );
}

function Found({ answer }: { answer: CheckAnswer }) {
  const phases = PHASES.flatMap(([name, label]) => {
    const micros = answer.timings_us[name];
    return micros == null ? [] : [{ label, ms: micros / 1_000 }];
  });
  const longest = Math.max(...phases.map(({ ms }) => ms));
  return (
    <div className="grid gap-4">
      <Verdict answer={answer} />
      {!answer.up && (
        <div className="text-sm">
          <p>{describeCause(answer.error_code, answer.error)}</p>
          {answer.error && <p className="mt-1 break-words font-mono text-ink-soft text-xs">{answer.error}</p>}
        </div>
      )}
      {phases.length > 0 && (
        <dl className="grid grid-cols-[auto_1fr_auto] items-center gap-x-4 gap-y-2 text-sm">
          {phases.map(({ label, ms }) => (
            <div key={label} className="contents">
              <dt className="text-ink-soft">{label}</dt>
              <dd aria-hidden className="h-1.5 rounded-full bg-sunken">
                <div
                  className="h-full min-w-1 rounded-full bg-up-fill"
                  style={{ width: `${(ms / longest) * 100}%` }}
                />
              </dd>
              <dd className="text-right">{ms < 10 ? `${ms.toFixed(1)} ms` : formatLatency(ms)}</dd>
            </div>
          ))}
        </dl>
      )}
      {answer.tls_expires_at && (
        <p className="text-ink-soft text-sm">
          The certificate expires {formatDateTime(answer.tls_expires_at)}.
        </p>
      )}
      <p className="text-ink-soft text-xs">Beside the schedule: it changes no state, and nobody is told.</p>
    </div>
  );
}

export function CheckNow({ monitor }: { monitor: Monitor }) {
  const check = useMutation({ mutationFn: () => checkNow(monitor.id) });
  const done = check.data !== undefined || check.error !== null;
  return (
    <>
      <Button busy={check.isPending} onClick={() => check.mutate()}>
        {!check.isPending && <Zap className="size-4" aria-hidden />}
        Check now
      </Button>
      {done && !check.isPending && (
        <FormDialog title={`Check of ${monitor.name}`} onClose={() => check.reset()}>
          {check.data ? <Found answer={check.data} /> : <ErrorNotice error={check.error} />}
        </FormDialog>
      )}
    </>
  );
}
