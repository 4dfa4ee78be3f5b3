import { CircleCheck, OctagonX } from 'lucide-react';
import type { OnDemandCheck } from '@/api/types';
import { describeCause } from '@/lib/causes';
import { formatLatency } from '@/lib/format';
import { CertificateExpiry, Phases } from './phases';

function Verdict({ answer }: { answer: OnDemandCheck }) {
  const Icon = answer.up ? CircleCheck : OctagonX;
  return (
    <p className={`flex items-center gap-2 font-semibold ${answer.up ? 'text-up' : 'text-down'}`}>
      <Icon className="size-5 shrink-0" aria-hidden />
      {answer.up ? 'UP' : 'DOWN'} · {formatLatency(answer.latency_ms)}
      {answer.status_code !== null && ` · HTTP ${answer.status_code}`}
      {answer.attempts > 1 && ` · ${answer.attempts} attempts`}
    </p>
  );
}

/** What a check on request has found. */
export function CheckOutcome({ answer }: { answer: OnDemandCheck }) {
  const cause = describeCause(answer.error_code, answer.error);
  return (
    <div className="grid gap-4">
      <Verdict answer={answer} />
      {!answer.up && (
        <div className="text-sm">
          <p>{cause}</p>
          {answer.error && answer.error !== cause && (
            <p className="mt-1 break-words font-mono text-ink-soft text-xs">{answer.error}</p>
          )}
        </div>
      )}
      <Phases timings={answer.timings_us} />
      {answer.tls_expires_at && <CertificateExpiry at={answer.tls_expires_at} />}
    </div>
  );
}
