import { stateOf } from '@/api/monitors';
import type { Monitor } from '@/api/types';
import { Section } from '@/components/page';
import { RelativeTime } from '@/components/time';
import { CertificateExpiry, Phases } from './phases';

/** The phases of the last check and the certificate it has seen, where it had them. */
export function LastCheck({ monitor }: { monitor: Monitor }) {
  const { timings_us: timings, tls_expires_at: expires, last_checked_at: checked } = monitor.status;
  const measured = Object.values(timings ?? {}).some((micros) => micros != null);
  if (stateOf(monitor) === 'paused' || (!measured && !expires)) return null;
  return (
    <Section
      title="Last check"
      aside={
        checked && (
          <span className="text-ink-soft text-sm">
            <RelativeTime at={checked} />
          </span>
        )
      }
    >
      <div className="card grid gap-4 p-5">
        {timings && <Phases timings={timings} />}
        {expires && <CertificateExpiry at={expires} />}
      </div>
    </Section>
  );
}
