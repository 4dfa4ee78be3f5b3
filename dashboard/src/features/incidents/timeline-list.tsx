import {
  BellOff,
  CircleCheck,
  CircleSlash,
  ClipboardList,
  Hand,
  type LucideIcon,
  OctagonX,
  Send,
  SendHorizontal,
  TimerOff,
  UserX,
} from 'lucide-react';
import { cx } from '@/lib/cx';
import { formatDateTime, formatRecent } from '@/lib/format';
import { ALERT_LABELS } from '@/messages/terms';
import { incidentPageMessages } from './messages';
import type { TimelineEntry, TimelineEvent } from './timeline';

const STYLES: Record<TimelineEvent, { icon: LucideIcon; colour: string }> = {
  started: { icon: OctagonX, colour: 'text-down' },
  ended: { icon: CircleCheck, colour: 'text-up' },
  acknowledged: { icon: Hand, colour: 'text-pending' },
  expired: { icon: TimerOff, colour: 'text-degraded' },
  unreached: { icon: UserX, colour: 'text-down' },
  decided: { icon: ClipboardList, colour: 'text-ink-soft' },
  suppressed: { icon: BellOff, colour: 'text-paused' },
  attempted: { icon: SendHorizontal, colour: 'text-ink-soft' },
  sent: { icon: Send, colour: 'text-up' },
  failed: { icon: CircleSlash, colour: 'text-down' },
};

/** What is about the incident as a whole, and what somebody has to see. */
const STRONG: ReadonlySet<TimelineEvent> = new Set<TimelineEvent>([
  'started',
  'ended',
  'acknowledged',
  'expired',
  'unreached',
]);

export function TimelineList({ entries }: { entries: TimelineEntry[] }) {
  return (
    <ol aria-label={incidentPageMessages.timeline} className="card px-5 py-5">
      {entries.map(({ key, at, event, alert, text, why, detail, source }, index) => {
        const { icon: Icon, colour } = STYLES[event];
        const strong = STRONG.has(event);
        return (
          <li key={key} title={source} className="relative flex gap-3.5 pb-4 last:pb-0">
            {index < entries.length - 1 && (
              <span aria-hidden className="absolute top-6 bottom-0 left-2.25 w-px bg-line" />
            )}
            <Icon className={cx('mt-0.5 size-4.5 shrink-0', colour)} aria-hidden />
            <div className="flex min-w-0 flex-1 flex-wrap justify-between gap-x-4">
              <div className="min-w-0 flex-1 basis-56">
                <p
                  className={cx(
                    'break-words text-sm',
                    strong && 'font-semibold',
                    event === 'unreached' && 'text-down',
                  )}
                >
                  {alert && (
                    <span className="mr-2 font-medium text-ink-soft text-xs">{ALERT_LABELS[alert]}</span>
                  )}
                  {text}
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
              </div>
              <time
                dateTime={at}
                title={formatDateTime(at)}
                className="whitespace-nowrap text-ink-soft text-xs leading-5"
              >
                {formatRecent(at)}
              </time>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
