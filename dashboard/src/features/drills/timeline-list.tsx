import { BellOff, CircleStop, Clock, Hand, type LucideIcon, Send, Siren, UserX } from 'lucide-react';
import type { DrillDelivery, DrillReport } from '@/api/models';
import { DeliveryTrace } from '@/components/delivery-trace';
import { type MonitorName, ReasonText, SUPPRESSION_ICONS } from '@/components/reason';
import { cx } from '@/lib/cx';
import { capitalise, formatDateTime } from '@/lib/format';
import type { Reason } from '@/messages/suppressions';
import { entryMessages, formatSeconds, drillMessages as messages } from './messages';
import { type Entry, type EntryEvent, secondsAfter } from './timeline';

const STYLES: Record<EntryEvent, { icon: LucideIcon; colour: string }> = {
  started: { icon: Siren, colour: 'text-pending' },
  notified: { icon: Send, colour: 'text-ink-soft' },
  suppressed: { icon: BellOff, colour: 'text-paused' },
  unreached: { icon: UserX, colour: 'text-down' },
  acknowledged: { icon: Hand, colour: 'text-up' },
  ended: { icon: CircleStop, colour: 'text-ink-soft' },
  ahead: { icon: Clock, colour: 'text-ink-soft' },
};

interface Props {
  report: DrillReport;
  entries: readonly Entry[];
  /** Why notifications were not sent, by their ids. */
  reasons: ReadonlyMap<string, Reason>;
  monitorName: MonitorName;
}

/** How long it took, or why it was not sent. */
function Outcome({ delivery, reason, monitorName }: OutcomeProps) {
  const { outcome, seconds, seconds_since_start: sinceStart } = delivery;
  if (outcome === 'suppressed' && reason) {
    return (
      <p className="break-words text-sm">
        <ReasonText reason={asSentence(reason)} monitorName={monitorName} />
      </p>
    );
  }
  if (seconds === null || sinceStart === null) return null;
  return (
    <p className="text-sm">{entryMessages.received(formatSeconds(seconds), formatSeconds(sinceStart))}</p>
  );
}

interface OutcomeProps {
  delivery: DrillDelivery;
  reason: Reason | undefined;
  monitorName: MonitorName;
}

/** One that does not begin with a monitor begins with a capital letter. */
const asSentence = (reason: Reason): Reason =>
  reason.monitorId === undefined ? { ...reason, text: capitalise(reason.text) } : reason;

function EntryBody({ entry, reasons, monitorName }: Omit<Props, 'report' | 'entries'> & { entry: Entry }) {
  const { reason, deliveries, text } = entry;
  return (
    <>
      {reason && (
        <p className="mt-0.5 break-words text-sm">
          <ReasonText reason={asSentence(reason)} monitorName={monitorName} />
        </p>
      )}
      {deliveries && (
        <div className="mt-2">
          <DeliveryTrace
            label={text}
            deliveries={deliveries}
            noteOf={(delivery) => (
              <Outcome delivery={delivery} reason={reasons.get(delivery.id)} monitorName={monitorName} />
            )}
          />
        </div>
      )}
    </>
  );
}

export function TimelineList({ report, entries, reasons, monitorName }: Props) {
  const isSilent = report.deliveries.length === 0 && report.notes.length === 0;
  return (
    <div className="card px-5 py-5">
      <ol aria-label={messages.timeline}>
        {entries.map((entry) => {
          const { icon, colour } = STYLES[entry.event];
          const by = entry.event === 'suppressed' && entry.reason?.by;
          const Icon = by ? SUPPRESSION_ICONS[by] : icon;
          const isAhead = entry.event === 'ahead';
          return (
            <li key={entry.key} className="group relative pb-5 pl-8 last:pb-0">
              <span
                aria-hidden
                className="absolute top-6 bottom-0 left-2.25 w-px bg-line group-last:hidden"
              />
              <Icon className={cx('absolute top-0.5 left-0 size-4.5', colour)} aria-hidden />
              <div className="flex flex-wrap items-baseline justify-between gap-x-4">
                <p className={cx('min-w-0 break-words', isAhead ? 'text-ink-soft' : 'font-semibold')}>
                  {entry.text}
                </p>
                <time
                  dateTime={entry.at}
                  title={formatDateTime(entry.at)}
                  className="whitespace-nowrap text-ink-soft text-xs"
                >
                  {entry.event === 'started'
                    ? formatDateTime(entry.at)
                    : messages.offset(formatSeconds(secondsAfter(report, entry.at)))}
                </time>
              </div>
              <EntryBody entry={entry} reasons={reasons} monitorName={monitorName} />
            </li>
          );
        })}
      </ol>
      {isSilent && report.state === 'running' && (
        <p role="status" className="mt-4 text-ink-soft text-sm">
          {messages.nothingYet}
        </p>
      )}
    </div>
  );
}
