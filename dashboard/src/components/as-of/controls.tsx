import { SkipBack, SkipForward } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { formatDateTimeIn } from '@/lib/format';
import { keysOf } from '@/lib/keys-of';
import { browserTimeZone } from '@/lib/time-zone';
import { asOfMessages as messages, RANGE_LABELS, stepName, stepText } from '@/messages/as-of';
import { Button } from '../button';
import { Choice } from '../choice';
import { useShowAsOf } from './as-of';
import { ExactTime } from './exact-time';
import {
  instantAt,
  isInRange,
  lastMinute,
  lastPosition,
  neighbours,
  OFFSETS,
  positionOf,
  type Range,
  rangeOf,
  type Step,
  stepped,
} from './instants';
import { useDebounced } from './use-debounced';
import { useIncidentTimes } from './use-incident-times';

/** How long somebody has to stay at an instant until it is asked for. */
const SETTLED_MS = 250;

const LATER: Step[] = keysOf(OFFSETS);
const EARLIER: Step[] = [...LATER].reverse();

interface MoveProps {
  label: string;
  /** Null where there is none. */
  to: number | null;
  onMove: (instant: number) => void;
  children: ReactNode;
}

function Move({ label, to, onMove, children }: MoveProps) {
  return (
    <Button
      aria-label={label}
      title={label}
      className="px-2.5"
      // Not `disabled`, which would drop keyboard focus.
      aria-disabled={to === null || undefined}
      onClick={() => to !== null && onMove(to)}
    >
      {children}
    </Button>
  );
}

interface Moved {
  /** What was shown then: once something else is, it is out of date. */
  from: string;
  to: number;
}

/** Chooses the instant as of which the page is shown. */
export function Controls({ at }: { at: string }) {
  const show = useShowAsOf();
  const [end, setEnd] = useState(() => lastMinute(Date.now()));
  const [range, setRange] = useState<Range>(() => rangeOf(Date.parse(at), end));
  const [moved, setMoved] = useState<Moved | null>(null);
  const settle = useDebounced((instant: number) => {
    void show(new Date(instant).toISOString(), { replace: true });
  }, SETTLED_MS);
  const now = Date.now();
  const instant = moved?.from === at ? moved.to : Date.parse(at);
  const { before, after } = neighbours(useIncidentTimes(), instant, now);
  const text = formatDateTimeIn(new Date(instant).toISOString(), browserTimeZone());

  function span(next: Range) {
    setEnd(lastMinute(Date.now()));
    setRange(next);
  }
  function move(to: number) {
    setMoved({ from: at, to });
    if (!isInRange(to, range, end)) span(rangeOf(to, lastMinute(Date.now())));
    settle(to);
  }
  const steps = (each: Step[], isLater: boolean) =>
    each.map((step) => (
      <Move
        key={step}
        label={stepName(step, isLater)}
        to={stepped(instant, isLater ? OFFSETS[step] : -OFFSETS[step], now)}
        onMove={move}
      >
        {stepText(step, isLater)}
      </Move>
    ));

  return (
    <section aria-label={messages.controls} className="border-line border-b bg-surface">
      <div className="mx-auto grid max-w-(--page-width) grid-cols-1 gap-3 px-5 py-4">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
          <Choice label={messages.range} options={RANGE_LABELS} value={range} onChange={span} />
          <span aria-hidden className="text-ink-soft text-sm">
            {text}
          </span>
        </div>
        <input
          type="range"
          aria-label={messages.time}
          aria-valuetext={text}
          min={0}
          max={lastPosition(range)}
          step={1}
          value={positionOf(instant, range, end)}
          onChange={({ target }) => move(instantAt(Number(target.value), range, end))}
          className="h-8 w-full cursor-pointer accent-past"
        />
        <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
          <div className="flex flex-wrap gap-1.5">
            <Move label={messages.previousIncident} to={before} onMove={move}>
              <SkipBack className="size-4" aria-hidden />
              {messages.incident}
            </Move>
            {steps(EARLIER, false)}
            {steps(LATER, true)}
            <Move label={messages.nextIncident} to={after} onMove={move}>
              {messages.incident}
              <SkipForward className="size-4" aria-hidden />
            </Move>
          </div>
          <ExactTime at={at} onChange={(next) => void show(next)} />
        </div>
        <p className="text-ink-soft text-xs">{messages.foundHint}</p>
      </div>
    </section>
  );
}
