import { Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Backtest, BacktestOutcome } from '@/api/models';
import { formatCount, formatDuration, formatMoment } from '@/lib/format';
import { browserTimeZone } from '@/lib/time-zone';
import { describeDelta, backtestMessages as messages, signed, signedDuration } from '@/messages/backtest';
import { ChangedIncidents } from './changed-incidents';
import { changesOf, triedOf } from './changes';
import { BacktestTimeline } from './timeline';

const DAY_MS = 86_400_000;

type RowName = keyof typeof messages.rows;

/** Counted of what was sent as well. */
const COUNTED = ['incidents', 'announced', 'degradations', 'messages', 'messages_at_night'] as const;
const TIMES = ['seconds_to_detect', 'seconds_to_notify'] as const;

const CELL = 'py-1.5 pl-3 text-right align-top';

const none = (
  <>
    <span aria-hidden>{messages.none}</span>
    <span className="sr-only">{messages.noneRead}</span>
  </>
);

function Row({ name, cells }: { name: RowName; cells: [ReactNode, ReactNode, ReactNode] }) {
  const isPart = name === 'messages_at_night';
  const hints: Partial<Record<RowName, string>> = messages.hints;
  const [sent, tried, change] = cells;
  return (
    <tr className={isPart ? 'text-ink-soft' : 'border-line border-t'}>
      <th
        scope="row"
        title={hints[name]}
        className={`py-1.5 text-left font-normal ${isPart ? 'pl-3 pt-0' : ''}`}
      >
        {messages.rows[name]}
      </th>
      <td className={CELL}>{sent}</td>
      <td className={`${CELL} font-medium`}>{tried}</td>
      <td className={CELL}>{change}</td>
    </tr>
  );
}

function countRow(name: (typeof COUNTED)[number], sent: BacktestOutcome, tried: BacktestOutcome) {
  const change = tried[name] - sent[name];
  const cells: [ReactNode, ReactNode, ReactNode] = [
    formatCount(sent[name]),
    formatCount(tried[name]),
    <span key="change" className={change === 0 ? 'text-ink-soft' : 'font-medium'}>
      {signed(change)}
    </span>,
  ];
  return <Row key={name} name={name} cells={cells} />;
}

function timeRow(name: (typeof TIMES)[number], sent: BacktestOutcome, tried: BacktestOutcome) {
  const [before, after] = [sent[name], tried[name]];
  const text = (seconds: number | null) => (seconds === null ? none : formatDuration(seconds));
  const change = before === null || after === null ? none : signedDuration(after - before);
  return <Row key={name} name={name} cells={[text(before), text(after), change]} />;
}

function Marked({ name, count }: { name: 'missed' | 'added'; count: number }) {
  if (count === 0) return '0';
  const Icon = name === 'missed' ? X : Plus;
  return (
    <span className={`inline-flex items-center gap-1 ${name === 'missed' ? 'text-down' : 'text-pending'}`}>
      <Icon className="size-3.5" strokeWidth={3} aria-hidden />
      {formatCount(count)}
    </span>
  );
}

function Figures({ sent, tried }: { sent: BacktestOutcome; tried: BacktestOutcome }) {
  const counted = COUNTED.filter(
    (name) => name !== 'degradations' || sent.degradations > 0 || tried.degradations > 0,
  );
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">{messages.comparison}</caption>
      <thead className="text-ink-soft text-xs">
        <tr>
          <th scope="col" className="pb-1 text-left font-normal">
            <span className="sr-only">{messages.metric}</span>
          </th>
          <th scope="col" className="pb-1 pl-3 text-right align-bottom font-normal">
            {messages.asSent}
          </th>
          <th scope="col" className="pb-1 pl-3 text-right align-bottom font-normal">
            {messages.withThese}
          </th>
          <th scope="col" className="pb-1 pl-3 text-right align-bottom font-normal">
            {messages.change}
          </th>
        </tr>
      </thead>
      <tbody>
        {counted.map((name) => countRow(name, sent, tried))}
        {TIMES.map((name) => timeRow(name, sent, tried))}
        {(['missed', 'added'] as const).map((name) => (
          <Row
            key={name}
            name={name}
            cells={[none, <Marked key={name} name={name} count={tried[name]} />, none]}
          />
        ))}
      </tbody>
    </table>
  );
}

/** How many notifications each channel was sent, and would have been. */
function Channels({ sent, tried }: { sent: BacktestOutcome; tried: BacktestOutcome }) {
  const names = new Map([...sent.channels, ...tried.channels].map(({ id, name }) => [id, name]));
  if (names.size === 0) return null;
  const countOf = ({ channels }: BacktestOutcome, id: number) =>
    channels.find((each) => each.id === id)?.messages ?? 0;
  return (
    <details className="text-sm">
      <summary className="w-fit rounded text-ink-soft hover:text-ink">{messages.channels}</summary>
      <table className="mt-1 w-full">
        <thead className="sr-only">
          <tr>
            <th scope="col">{messages.channel}</th>
            <th scope="col">{messages.asSent}</th>
            <th scope="col">{messages.withThese}</th>
          </tr>
        </thead>
        <tbody>
          {[...names].map(([id, name]) => (
            <tr key={id}>
              <th scope="row" className="break-words py-1 text-left font-normal">
                {name ?? messages.deletedChannel}
              </th>
              <td className="py-1 pl-3 text-right">{formatCount(countOf(sent, id))}</td>
              <td className="py-1 pl-3 text-right font-medium">{formatCount(countOf(tried, id))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Monitors of which nothing could be tried, and why. */
function LeftOut({ monitors }: { monitors: Backtest['left_out'] }) {
  if (monitors.length === 0) return null;
  const reasons = [...new Set(monitors.map(({ reason }) => reason))];
  const namesOf = (reason: string) =>
    monitors.filter((each) => each.reason === reason).map(({ name }) => name);
  return (
    <section aria-label={messages.leftOut} className="text-sm">
      <h3 className="mb-1 font-medium">{messages.leftOut}</h3>
      <ul className="grid gap-1 text-ink-soft">
        {reasons.map((reason) => (
          <li key={reason} className="break-words">
            <span className="text-ink">{namesOf(reason).join(', ')}</span>
            {': '}
            {reason}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Where the comparison is of less than was asked for. */
function Cut({ backtest: { from, until, is_complete }, days }: Props) {
  const isLater = days !== null && Date.parse(from) > Date.parse(until) - days * DAY_MS;
  return (
    <>
      {isLater && (
        <p className="text-ink-soft text-xs">{messages.since(formatMoment(from, browserTimeZone()))}</p>
      )}
      {!is_complete && <p className="text-pretty font-medium text-sm">{messages.notComplete}</p>}
    </>
  );
}

interface Props {
  backtest: Backtest;
  /** How many days were asked for; null where it is of what was asked before. */
  days: number | null;
}

/** What was sent beside what would have been. */
export function BacktestComparison({ backtest, days }: Props) {
  const tried = triedOf(backtest);
  const { sent, results, monitors, left_out } = backtest;
  if (!tried || results === 0) {
    return (
      <>
        <p className="text-ink-soft text-sm">{messages.noResults}</p>
        <Cut backtest={backtest} days={days} />
        <LeftOut monitors={left_out} />
      </>
    );
  }
  const isQuiet =
    sent.list.length === 0 && tried.list.length === 0 && sent.messages === 0 && tried.messages === 0;
  return (
    <div className="grid grid-cols-1 gap-5">
      <div>
        <p className="text-pretty font-semibold first-letter:uppercase">
          {isQuiet ? messages.noIncidents : describeDelta(sent, tried)}
        </p>
        <p className="mt-0.5 text-ink-soft text-xs">{messages.checks(results, monitors.length)}</p>
        <Cut backtest={backtest} days={days} />
      </div>
      {!isQuiet && (
        <>
          <BacktestTimeline backtest={backtest} tried={tried} />
          <Figures sent={sent} tried={tried} />
          <ChangedIncidents
            changes={changesOf(sent, tried)}
            total={tried.missed + tried.added}
            monitors={monitors}
          />
          <Channels sent={sent} tried={tried} />
        </>
      )}
      <LeftOut monitors={left_out} />
    </div>
  );
}
