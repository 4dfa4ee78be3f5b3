import { ShieldAlert, ShieldCheck } from 'lucide-react';
import type { Timings } from '@/api/models';
import { formatDateTime, formatPhase } from '@/lib/format';
import { useNow } from '@/lib/now';
import { certificateExpiry } from './messages';

const PHASES = [
  ['dns', 'DNS lookup'],
  ['connect', 'Connection'],
  ['tls', 'TLS handshake'],
  ['first_byte', 'First byte'],
  ['transfer', 'Transfer'],
] as const;

/** What expires sooner needs somebody. */
export const EXPIRY_WARNING_SECONDS = 14 * 86_400;

/** The duration of each phase of a check, as a waterfall. */
export function Phases({ timings }: { timings: Timings }) {
  let before = 0;
  const phases = PHASES.flatMap(([name, label]) => {
    const micros = timings[name];
    if (micros == null) return [];
    const start = before;
    before += micros;
    return [{ label, start, micros }];
  });
  if (phases.length === 0) return null;
  const total = Math.max(1, before);
  return (
    <dl className="grid grid-cols-[auto_1fr_auto] items-center gap-x-4 gap-y-2 text-sm">
      {phases.map(({ label, start, micros }) => {
        const ms = micros / 1_000;
        return (
          <div key={label} className="contents">
            <dt className="text-ink-soft">{label}</dt>
            <dd aria-hidden className="h-1.5 overflow-hidden rounded-full bg-sunken">
              <div
                className="h-full min-w-1 rounded-full bg-line-strong"
                style={{
                  width: `${(micros / total) * 100}%`,
                  // Keeps a very short last phase visible.
                  marginLeft: `min(${(start / total) * 100}%, 100% - 0.25rem)`,
                }}
              />
            </dd>
            <dd className="text-right">{formatPhase(ms)}</dd>
          </div>
        );
      })}
    </dl>
  );
}

/** When a certificate expires, highlighted when that is soon. */
export function CertificateExpiry({ at }: { at: string }) {
  const left = (Date.parse(at) - useNow()) / 1_000;
  const soon = left < EXPIRY_WARNING_SECONDS;
  const Icon = soon ? ShieldAlert : ShieldCheck;
  return (
    <p className={`flex items-center gap-2 text-sm ${soon ? 'text-degraded' : 'text-ink-soft'}`}>
      <Icon className="size-4 shrink-0" aria-hidden />
      <span title={formatDateTime(at)}>{certificateExpiry(at, left)}</span>
    </p>
  );
}
