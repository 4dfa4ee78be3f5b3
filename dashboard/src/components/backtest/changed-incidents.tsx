import { Link } from '@tanstack/react-router';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import type { Backtest } from '@/api/models';
import { Button } from '@/components/button';
import { formatDateTime, formatDuration, formatMoment } from '@/lib/format';
import { browserTimeZone } from '@/lib/time-zone';
import { backtestMessages as messages } from '@/messages/backtest';
import { errorCodeLabel } from '@/messages/check-errors';
import { common } from '@/messages/common';
import { describeReason } from '@/messages/suppressions';
import { ReasonText } from '../reason';
import { useMonitorName } from '../use-monitor-name';
import type { Change } from './changes';

const SHOWN = 5;

interface Props {
  changes: readonly Change[];
  /** How many there are, of which the lists may have the first alone. */
  total: number;
  monitors: Backtest['monitors'];
}

const monitorsOf = ({ reasons }: Change): number[] =>
  reasons.flatMap((reason) => describeReason(reason).monitorId ?? []);

function Item({
  change: { kind, incident, reasons, isSent },
  monitor,
  monitorName,
}: {
  change: Change;
  monitor: string | undefined;
  monitorName: (id: number) => string;
}) {
  const { id, degraded, started_at, ended_at, notified_at, error_code: code } = incident;
  const isMissed = kind === 'missed';
  const Icon = isMissed ? X : Plus;
  const started = formatMoment(started_at, browserTimeZone());
  const length =
    ended_at === null
      ? messages.ongoing
      : messages.lasted((Date.parse(ended_at) - Date.parse(started_at)) / 1_000);
  const facts = [
    ...(degraded ? [messages.legend.degraded] : []),
    length,
    ...(code ? [errorCodeLabel(code)] : []),
    ...(notified_at
      ? [messages.notified(kind, formatDuration((Date.parse(notified_at) - Date.parse(started_at)) / 1_000))]
      : []),
  ];
  const [reason] = reasons;
  return (
    <li className="flex gap-2.5 px-3.5 py-2.5">
      <Icon
        className={`mt-0.5 size-4 shrink-0 ${isMissed ? 'text-down' : 'text-pending'}`}
        strokeWidth={3}
        aria-hidden
      />
      <div className="min-w-0 text-sm">
        <p className="break-words">
          <span className={`font-semibold ${isMissed ? 'text-down' : 'text-pending'}`}>
            {messages.rows[kind]}
          </span>{' '}
          <time dateTime={started_at} title={formatDateTime(started_at)} className="font-medium">
            {/* A time of being degraded has no page. */}
            {isSent && !degraded ? (
              <Link
                to="/incidents/$incidentId"
                params={{ incidentId: id }}
                className="underline underline-offset-4"
              >
                {started}
              </Link>
            ) : (
              started
            )}
          </time>
          {monitor && <span className="block break-words">{monitor}</span>}
        </p>
        <p className="break-words text-ink-soft text-xs">{facts.join(' · ')}</p>
        {reason && (
          <p className="break-words text-ink-soft text-xs first-letter:uppercase">
            <ReasonText reason={describeReason(reason)} monitorName={monitorName} />
          </p>
        )}
      </div>
    </li>
  );
}

/** Of which incidents it changes whether somebody is notified. */
export function ChangedIncidents({ changes, total, monitors }: Props) {
  const [showsAll, setShowsAll] = useState(false);
  const monitorName = useMonitorName([...new Set(changes.flatMap(monitorsOf))]);
  const names = new Map(monitors.map(({ id, name }) => [id, name]));
  if (changes.length === 0) {
    const text = total === 0 ? messages.nothingChanged : messages.noneListed(total);
    return <p className="text-ink-soft text-sm">{text}</p>;
  }
  const shown = showsAll ? changes : changes.slice(0, SHOWN);
  const unlisted = total - changes.filter(({ incident }) => !incident.degraded).length;
  return (
    <section aria-label={messages.changedIncidents}>
      <h3 className="mb-2 font-medium text-sm">{messages.changedIncidents}</h3>
      <ul className="divide-y divide-line rounded-lg border border-line">
        {shown.map((change) => (
          <Item
            key={change.incident.id}
            change={change}
            monitor={monitors.length > 1 ? names.get(change.incident.monitor_id) : undefined}
            monitorName={monitorName}
          />
        ))}
      </ul>
      {unlisted > 0 && <p className="mt-2 text-ink-soft text-xs">{messages.notListed(unlisted)}</p>}
      {changes.length > SHOWN && (
        <Button variant="ghost" className="mt-1" onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? common.showFewer : common.showAll(changes.length)}
        </Button>
      )}
    </section>
  );
}
