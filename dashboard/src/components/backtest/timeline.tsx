import type { Backtest, BacktestOutcome } from '@/api/models';
import { cx } from '@/lib/cx';
import { formatDayMonth } from '@/lib/format';
import { keysOf } from '@/lib/keys-of';
import { useWidth } from '@/lib/use-width';
import { backtestMessages as messages } from '@/messages/backtest';
import { type Bar, lanesOf, type Mark, nightsOf } from './changes';

const BAR = 16;
const LABEL = 12;
const SENT_TOP = LABEL + 6;
const TRIED_LABEL = SENT_TOP + BAR + 24;
/** What is missed or added has a sign above it. */
const SIGN = 12;
const TRIED_TOP = TRIED_LABEL + 6 + SIGN;
const BOTTOM = TRIED_TOP + BAR;
const HEIGHT = BOTTOM + 22;
const MIN_BAR = 3;
const INITIAL_WIDTH = 480;
const DAY_MS = 86_400_000;
/** Pixels of a day in which a night can be seen. */
const MIN_DAY = 16;
/** In the legend. */
const LEGEND: Mark[] = ['announced', 'silent', 'degraded', 'missed', 'added'];

const STYLES: Record<Mark, string> = {
  silent: 'fill-surface stroke-line-strong',
  degraded: 'fill-degraded-fill',
  announced: 'fill-down-fill',
  missed: 'fill-surface stroke-down',
  added: 'fill-pending',
};

/** What matters is drawn above what does not. */
const ORDER = keysOf(STYLES);

/** A shape for each mark: none is told apart by its colour alone. */
function Shape({ mark, x, y, width }: { mark: Mark; x: number; y: number; width: number }) {
  const isOutlined = mark === 'silent' || mark === 'missed';
  const inset = isOutlined ? 0.75 : 0;
  const height = mark === 'degraded' ? BAR / 2 : BAR;
  return (
    <rect
      x={x + inset}
      y={y + BAR - height + inset}
      width={Math.max(width - 2 * inset, 1)}
      height={height - 2 * inset}
      rx={1}
      strokeWidth={isOutlined ? 1.5 : 0}
      {...(mark === 'missed' && { strokeDasharray: '3 2' })}
      className={STYLES[mark]}
    />
  );
}

function Sign({ mark, x, y }: { mark: Mark; x: number; y: number }) {
  if (mark !== 'missed' && mark !== 'added') return null;
  const isMissed = mark === 'missed';
  return (
    <path
      d={isMissed ? 'M-3-3L3 3M3-3L-3 3' : 'M-4 0H4M0-4V4'}
      transform={`translate(${x} ${y})`}
      strokeWidth={2}
      strokeLinecap="round"
      fill="none"
      className={isMissed ? 'stroke-down' : 'stroke-pending'}
    />
  );
}

function Lane({ bars, top, width }: { bars: Bar[]; top: number; width: number }) {
  const sorted = [...bars].sort((a, b) => ORDER.indexOf(a.mark) - ORDER.indexOf(b.mark));
  return (
    <g>
      <line x2={width} y1={top + BAR - 0.5} y2={top + BAR - 0.5} className="stroke-line-strong" />
      {sorted.map(({ key, mark, from, until }) => {
        const length = Math.max(
          MIN_BAR + (mark === 'missed' || mark === 'silent' ? 2 : 0),
          (until - from) * width,
        );
        const x = Math.min(from * width, width - length);
        return (
          <g key={`${mark} ${key}`}>
            <Shape mark={mark} x={x} y={top} width={length} />
            <Sign mark={mark} x={Math.min(width - 5, Math.max(5, x + length / 2))} y={top - SIGN / 2 - 2} />
          </g>
        );
      })}
    </g>
  );
}

function Legend({ marks, hasNights }: { marks: Mark[]; hasNights: boolean }) {
  return (
    <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-ink-soft text-xs">
      {marks.map((mark) => (
        <li key={mark} className="inline-flex items-center gap-1.5">
          <svg aria-hidden="true" width={24} height={BAR} className="overflow-visible">
            <Shape mark={mark} x={0} y={0} width={8} />
            <Sign mark={mark} x={17} y={BAR / 2} />
          </svg>
          <span className={cx(mark !== 'missed' && mark !== 'added' && '-ml-3')}>
            {messages.legend[mark]}
          </span>
        </li>
      ))}
      {hasNights && (
        <li className="inline-flex items-center gap-1.5">
          <span aria-hidden className="inline-block h-4 w-2.5 bg-ink/8" />
          {messages.legend.night}
        </li>
      )}
    </ul>
  );
}

/** The incidents that were sent, and below them those of the candidate. */
export function BacktestTimeline({
  backtest,
  tried,
  label,
}: {
  backtest: Backtest;
  tried: BacktestOutcome;
  /** What the candidate is called. */
  label: string;
}) {
  const [ref, width] = useWidth<HTMLDivElement>(INITIAL_WIDTH);
  const lanes = lanesOf(backtest, tried);
  const [from, until] = [Date.parse(backtest.from), Date.parse(backtest.until)];
  // Narrower ones would be a pattern of stripes.
  const nights = (DAY_MS / (until - from)) * width < MIN_DAY ? [] : nightsOf(backtest);
  const all = [...lanes.sent, ...lanes.tried];
  const marks = LEGEND.filter((mark) => all.some((bar) => bar.mark === mark));
  const summary = [
    messages.lane(messages.asSent, backtest.sent.incidents),
    messages.lane(label, tried.incidents),
    messages.marked(tried.missed, tried.added),
  ].join('. ');
  return (
    <div>
      <div ref={ref}>
        <svg role="img" aria-label={summary} width={width} height={HEIGHT} className="block text-xs">
          {nights.map((night) => (
            <rect
              key={night.from}
              x={night.from * width}
              y={SENT_TOP}
              width={(night.until - night.from) * width}
              height={BOTTOM - SENT_TOP}
              className="fill-ink/6"
            />
          ))}
          <text y={LABEL - 1} className="fill-ink font-medium">
            {messages.asSent}
          </text>
          <Lane bars={lanes.sent} top={SENT_TOP} width={width} />
          <text y={TRIED_LABEL - 1} className="fill-ink font-medium">
            {label}
          </text>
          <Lane bars={lanes.tried} top={TRIED_TOP} width={width} />
          {[0, 0.5, 1].map((part) => (
            <text
              key={part}
              x={part * width}
              y={HEIGHT - 6}
              textAnchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}
              className="fill-ink-soft"
            >
              {formatDayMonth(from + part * (until - from))}
            </text>
          ))}
        </svg>
      </div>
      <Legend marks={marks} hasNights={nights.length > 0} />
    </div>
  );
}
