import {
  BellOff,
  CircleCheck,
  CircleSlash,
  ClipboardList,
  Hand,
  type LucideIcon,
  NotebookPen,
  OctagonX,
  Send,
  SendHorizontal,
  TimerOff,
  UserX,
  X,
} from 'lucide-react';
import { LinkedText } from '@/components/linked-text';
import { type MonitorName, ReasonText, SUPPRESSION_ICONS } from '@/components/reason';
import { useMonitorName } from '@/components/use-monitor-name';
import { cx } from '@/lib/cx';
import { formatDateTime, formatRecent } from '@/lib/format';
import { ALERT_LABELS } from '@/messages/terms';
import { incidentPageMessages } from './messages';
import type { TimelineEntry, TimelineEvent } from './timeline';

interface Style {
  icon: LucideIcon;
  colour: string;
}

const STYLES: Record<TimelineEvent, Style> = {
  started: { icon: OctagonX, colour: 'text-down' },
  check: { icon: X, colour: 'text-down' },
  ended: { icon: CircleCheck, colour: 'text-up' },
  acknowledged: { icon: Hand, colour: 'text-pending' },
  expired: { icon: TimerOff, colour: 'text-degraded' },
  note: { icon: NotebookPen, colour: 'text-pending' },
  unreached: { icon: UserX, colour: 'text-down' },
  decided: { icon: ClipboardList, colour: 'text-ink-soft' },
  suppressed: { icon: BellOff, colour: 'text-paused' },
  attempted: { icon: SendHorizontal, colour: 'text-ink-soft' },
  sent: { icon: Send, colour: 'text-up' },
  failed: { icon: CircleSlash, colour: 'text-down' },
};

const styleOf = ({ event, reason }: TimelineEntry): Style => {
  const style = STYLES[event];
  return event === 'suppressed' && reason?.by ? { ...style, icon: SUPPRESSION_ICONS[reason.by] } : style;
};

/** What is about the incident as a whole, and what somebody has to see. */
const STRONG: ReadonlySet<TimelineEvent> = new Set<TimelineEvent>([
  'started',
  'ended',
  'acknowledged',
  'expired',
  'unreached',
]);

function EntryText({ entry, monitorName }: { entry: TimelineEntry; monitorName: MonitorName }) {
  const { event, alert, text, reason, why, detail, prose } = entry;
  return (
    <div className="min-w-0 flex-1 basis-56">
      <p
        className={cx(
          'break-words text-sm',
          STRONG.has(event) && 'font-semibold',
          event === 'note' && 'text-ink-soft',
          event === 'unreached' && 'text-down',
        )}
      >
        {alert && <span className="mr-2 font-medium text-ink-soft text-xs">{ALERT_LABELS[alert]}</span>}
        {text}
        {reason && (
          <>
            {': '}
            <ReasonText reason={reason} monitorName={monitorName} />
          </>
        )}
      </p>
      {why && (
        <p className="mt-0.5 break-words text-ink-soft text-xs">
          <span className="sr-only">{incidentPageMessages.why} </span>
          {why}
        </p>
      )}
      {detail && detail !== text && (
        <p className="mt-0.5 break-words font-mono text-ink-soft text-xs">{detail}</p>
      )}
      {prose && (
        <p className="mt-0.5 whitespace-pre-wrap break-words text-sm">
          <LinkedText text={prose} />
        </p>
      )}
    </div>
  );
}

/** What happened, in the order given. */
export function TimelineList({ entries }: { entries: TimelineEntry[] }) {
  const named = entries.flatMap(({ reason }) => reason?.monitorId ?? []);
  const monitorName = useMonitorName([...new Set(named)]);
  return (
    <ol aria-label={incidentPageMessages.timeline} className="card px-5 py-5">
      {entries.map((entry, index) => {
        const { icon: Icon, colour } = styleOf(entry);
        return (
          <li key={entry.key} title={entry.source} className="relative flex gap-3.5 pb-4 last:pb-0">
            {index < entries.length - 1 && (
              <span aria-hidden className="absolute top-6 bottom-0 left-2.25 w-px bg-line" />
            )}
            <Icon className={cx('mt-0.5 size-4.5 shrink-0', colour)} aria-hidden />
            <div className="flex min-w-0 flex-1 flex-wrap justify-between gap-x-4">
              <EntryText entry={entry} monitorName={monitorName} />
              <time
                dateTime={entry.at}
                title={formatDateTime(entry.at)}
                className="whitespace-nowrap text-ink-soft text-xs leading-5"
              >
                {formatRecent(entry.at)}
              </time>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
