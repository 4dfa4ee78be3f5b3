import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleSlash, OctagonX } from 'lucide-react';
import type { Drill } from '@/api/models';
import { RelativeTime } from '@/components/time';
import { cx } from '@/lib/cx';
import { entryMessages, drillMessages as messages, STATE_TITLES, timeOf } from './messages';
import { STATE_STYLES } from './state';

/** How many notifications were received, and how many were given up. */
function Counts({ received, failed }: Drill) {
  const Icon = received > 0 ? CircleCheck : CircleSlash;
  return (
    <p className="flex flex-wrap gap-x-3">
      <span className="inline-flex items-center gap-1.5">
        <Icon className={cx('size-4 shrink-0', received > 0 ? 'text-up' : 'text-ink-soft')} aria-hidden />
        {messages.received(received)}
      </span>
      {failed > 0 && (
        <span className="inline-flex items-center gap-1.5 text-down">
          <OctagonX className="size-4 shrink-0" aria-hidden />
          {messages.failed(failed)}
        </span>
      )}
    </p>
  );
}

export function DrillRow({ drill, starter }: { drill: Drill; starter: string }) {
  const { id, name, monitor_id: monitorId, monitor_name: monitor, state, acknowledged, started_at } = drill;
  const { icon: Icon, text } = STATE_STYLES[state];
  return (
    <li className="relative flex flex-wrap items-start justify-between gap-x-6 gap-y-2 px-5 py-4">
      {state === 'running' && <span aria-hidden className="absolute inset-y-0 left-0 w-1 bg-pending" />}
      <div className="flex min-w-0 flex-1 basis-72 gap-3">
        <Icon className={cx('mt-0.5 size-5 shrink-0', text)} aria-hidden />
        <div className="min-w-0">
          <Link
            to="/drills/$drillId"
            params={{ drillId: id }}
            className="break-words font-semibold underline-offset-4 hover:underline"
          >
            {name}
          </Link>
          <p className="text-sm">
            <span className={cx('font-medium', text)}>{STATE_TITLES[state]}</span>
            {acknowledged && <span className="text-ink-soft"> · {messages.by(acknowledged.by)}</span>}
          </p>
          <p className="mt-0.5 break-words text-ink-soft text-xs">
            <Link
              to="/monitors/$monitorId"
              params={{ monitorId }}
              className="underline decoration-line-strong/50 underline-offset-4 hover:decoration-current"
            >
              {monitor}
            </Link>
            {' · '}
            {entryMessages.startedBy(starter)}
          </p>
        </div>
      </div>
      <div className="grid gap-0.5 text-sm max-sm:pl-8 sm:justify-items-end sm:text-right">
        <Counts {...drill} />
        <p className="text-ink-soft text-xs">
          <RelativeTime at={started_at} /> · {timeOf(drill)}
        </p>
      </div>
    </li>
  );
}
