import { CircleCheck, OctagonX } from 'lucide-react';
import type { OnDemandCheck } from '@/api/models';
import { describeError } from '@/messages/check-errors';
import { describeCheck } from './messages';
import { CertificateExpiry, Phases } from './phases';

/** The result of an on-demand check. */
export function CheckSummary({ check }: { check: OnDemandCheck }) {
  const Icon = check.up ? CircleCheck : OctagonX;
  const cause = describeError(check);
  return (
    <div className="grid gap-4">
      <p className={`flex items-center gap-2 font-semibold ${check.up ? 'text-up' : 'text-down'}`}>
        <Icon className="size-5 shrink-0" aria-hidden />
        {describeCheck(check.up, check.latency_ms, check.status_code, check.attempts)}
      </p>
      {!check.up && (
        <div className="text-sm">
          <p>{cause}</p>
          {check.error && check.error !== cause && (
            <p className="mt-1 break-words font-mono text-ink-soft text-xs">{check.error}</p>
          )}
        </div>
      )}
      <Phases timings={check.timings_us} />
      {check.tls_expires_at && <CertificateExpiry at={check.tls_expires_at} />}
    </div>
  );
}
