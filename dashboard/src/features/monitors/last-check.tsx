import type { Monitor } from '@/api/models';
import { stateOf } from '@/api/monitors';
import { Section } from '@/components/page';
import { RelativeTime } from '@/components/time';
import { monitorMessages } from './messages';
import { CertificateExpiry, Phases } from './phases';

/** The phases and the certificate of the last check. Renders nothing without either. */
export function LastCheck({ monitor }: { monitor: Monitor }) {
  const { timings_us: timings, tls_expires_at: expires, last_checked_at: checked } = monitor.status;
  const hasTimings = Object.values(timings ?? {}).some((micros) => micros != null);
  if (stateOf(monitor) === 'paused' || (!hasTimings && !expires)) return null;
  return (
    <Section
      title={monitorMessages.lastCheck}
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
