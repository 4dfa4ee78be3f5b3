import { CircleSlash, Hourglass, type LucideIcon, RotateCw, Send } from 'lucide-react';
import type { Incident } from '@/api/models';
import { Section } from '@/components/page';
import { cx } from '@/lib/cx';
import { formatDateTime, formatShortDateTime } from '@/lib/format';
import { notifiedMessages as messages } from './messages';
import type { Notified, NotifiedState } from './notified';

const STYLES: Record<NotifiedState, { icon: LucideIcon; colour: string }> = {
  sent: { icon: Send, colour: 'text-up' },
  delivered: { icon: Send, colour: 'text-up' },
  read: { icon: Send, colour: 'text-up' },
  failed: { icon: CircleSlash, colour: 'text-down' },
  retried: { icon: RotateCw, colour: 'text-degraded' },
  queued: { icon: Hourglass, colour: 'text-ink-soft' },
};

interface Props {
  incident: Incident;
  notified: Notified[];
}

/** Who was notified, and how long after it began. */
export function NotifiedList({ incident, notified }: Props) {
  const isOngoing = incident.resolved_at === null;
  return (
    <Section title={messages.title}>
      {notified.length === 0 ? (
        <p className="card px-5 py-4 text-ink-soft text-sm">
          {isOngoing ? messages.nobodyYet : messages.nobody}
        </p>
      ) : (
        <ul aria-label={messages.title} className="card divide-y divide-line">
          {notified.map(({ channelId, channel, state, at, overAt }) => {
            const { icon: Icon, colour } = STYLES[state];
            const seconds = (Date.parse(at) - Date.parse(incident.started_at)) / 1_000;
            return (
              <li
                key={channelId}
                className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-5 py-2.5 text-sm"
              >
                <Icon className={cx('size-4 shrink-0 self-center', colour)} aria-hidden />
                <span className="wrap-anywhere min-w-0 font-medium">{channel}</span>
                <span className={state === 'failed' ? 'text-down' : 'text-ink-soft'}>
                  {messages.states[state]}
                </span>
                <span className="ml-auto text-ink-soft text-xs">
                  <time dateTime={at} title={formatDateTime(at)}>
                    {messages.after(formatShortDateTime(at), seconds)}
                  </time>
                  {overAt && (
                    <>
                      {' · '}
                      <time dateTime={overAt} title={formatDateTime(overAt)}>
                        {messages.over(formatShortDateTime(overAt))}
                      </time>
                    </>
                  )}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}
