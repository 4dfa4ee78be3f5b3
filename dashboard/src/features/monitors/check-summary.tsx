import { CircleCheck, OctagonX } from 'lucide-react';
import type { OnDemandCheck } from '@/api/models';
import { describeError } from '@/messages/check-errors';
import { describeCheck } from './messages';
import { CertificateExpiry, Phases } from './phases';

/** The result of an on-demand check. */
export function CheckSummary({ check }: { check: OnDemandCheck }) {
  const Icon = check.up ? CircleCheck : OctagonX;
  return (
    <div className="grid gap-4">
      <p className={`flex items-center gap-2 font-semibold ${check.up ? 'text-up' : 'text-down'}`}>
        <Icon className="size-5 shrink-0" aria-hidden />
        {describeCheck(check.up, check.latency_ms, check.status_code, check.attempts)}
      </p>
      {!check.up && <p className="break-words text-sm">{describeError(check)}</p>}
      <Phases timings={check.timings_us} />
      {check.tls_expires_at && <CertificateExpiry at={check.tls_expires_at} />}
    </div>
  );
}
