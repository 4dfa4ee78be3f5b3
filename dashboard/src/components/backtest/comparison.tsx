import { type ReactNode, useState } from 'react';
import type { Backtest, BacktestOutcome } from '@/api/models';
import { formatCount, formatDuration, formatMoment } from '@/lib/format';
import { browserTimeZone } from '@/lib/time-zone';
import { describeDelta, backtestMessages as messages, signed, signedDuration } from '@/messages/backtest';
import { SelectField } from '../field';
import { ChangedIncidents } from './changed-incidents';
import { changesOf } from './changes';
import { type CountName, countedOf, Marked, none, type RowName, TIMES, type TimeName } from './figures';
import { SideBySide } from './side-by-side';
import { BacktestTimeline } from './timeline';

const DAY_MS = 86_400_000;

const CELL = 'py-1.5 pl-3 text-right align-top';

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

function countRow(name: CountName, sent: BacktestOutcome, tried: BacktestOutcome) {
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

function timeRow(name: TimeName, sent: BacktestOutcome, tried: BacktestOutcome) {
  const [before, after] = [sent[name], tried[name]];
  const text = (seconds: number | null) => (seconds === null ? none : formatDuration(seconds));
  const change = before === null || after === null ? none : signedDuration(after - before);
  return <Row key={name} name={name} cells={[text(before), text(after), change]} />;
}

function Figures({ sent, tried }: { sent: BacktestOutcome; tried: BacktestOutcome }) {
  const counted = countedOf([sent, tried]);
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
function Channels({ sent, tried, label }: { sent: BacktestOutcome; tried: BacktestOutcome; label: string }) {
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
            <th scope="col">{label}</th>
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
function Cut({ backtest, days }: Props) {
  const { from, until, known_since, is_complete, candidates, left_out } = backtest;
  const hasPast = candidates.some(({ name }) => name === messages.asItWas);
  const isLater = days !== null && Date.parse(from) > Date.parse(until) - days * DAY_MS;
  return (
    <>
      {isLater && (
        <p className="text-ink-soft text-xs">{messages.since(formatMoment(from, browserTimeZone()))}</p>
      )}
      {hasPast && Date.parse(known_since) > Date.parse(from) && (
        <p className="text-pretty text-ink-soft text-xs">
          {messages.knownSince(formatMoment(known_since, browserTimeZone()))}
        </p>
      )}
      {!is_complete && (
        <p className="text-pretty font-medium text-sm">
          {messages.notComplete} {left_out.length > 0 ? messages.seeLeftOut : messages.tooManyMonitors}
        </p>
      )}
    </>
  );
}

interface Props {
  backtest: Backtest;
  /** How many days were asked for; null where it is of what was asked before. */
  days: number | null;
}

/** What one candidate would have sent, beside what was. */
function Tried({ backtest, tried, isOnly }: { backtest: Backtest; tried: BacktestOutcome; isOnly: boolean }) {
  const { sent, monitors } = backtest;
  const label = isOnly ? messages.withThese : (tried.name ?? messages.withThese);
  return (
    <>
      <BacktestTimeline backtest={backtest} tried={tried} label={label} />
      {isOnly && <Figures sent={sent} tried={tried} />}
      <ChangedIncidents
        changes={changesOf(sent, tried)}
        total={tried.missed + tried.added}
        monitors={monitors}
      />
      <Channels sent={sent} tried={tried} label={label} />
    </>
  );
}

/** Several candidates side by side, and more of one of them. */
function Several({ backtest }: { backtest: Backtest }) {
  const { sent, candidates } = backtest;
  const [chosen, setChosen] = useState(0);
  const at = Math.min(chosen, candidates.length - 1);
  const tried = candidates[at];
  if (!tried) return null;
  return (
    <>
      <SideBySide sent={sent} candidates={candidates} />
      <SelectField
        label={messages.look}
        className="max-w-80"
        value={at}
        onChange={({ target }) => setChosen(Number(target.value))}
      >
        {candidates.map(({ name }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: candidates are known by their place
          <option key={place} value={place}>
            {name ?? messages.candidate(place + 1)}
          </option>
        ))}
      </SelectField>
      <p className="text-pretty font-semibold first-letter:uppercase">{describeDelta(sent, tried)}</p>
      <Tried backtest={backtest} tried={tried} isOnly={false} />
    </>
  );
}

const isQuiet = ({ list, messages: sent }: BacktestOutcome): boolean => list.length === 0 && sent === 0;

/** What was sent beside what would have been. */
export function BacktestComparison({ backtest, days }: Props) {
  const { sent, candidates, results, monitors, left_out } = backtest;
  const [first] = candidates;
  if (!first || results === 0) {
    return (
      <>
        <p className="text-ink-soft text-sm">{messages.noResults}</p>
        <Cut backtest={backtest} days={days} />
        <LeftOut monitors={left_out} />
      </>
    );
  }
  const isOnly = candidates.length === 1;
  const isNothing = [sent, ...candidates].every(isQuiet);
  return (
    <div className="grid grid-cols-1 gap-5">
      <div>
        {(isOnly || isNothing) && (
          <p className="text-pretty font-semibold first-letter:uppercase">
            {isNothing ? messages.noIncidents : describeDelta(sent, first)}
          </p>
        )}
        <p className="mt-0.5 text-ink-soft text-xs">{messages.checks(results, monitors.length)}</p>
        <Cut backtest={backtest} days={days} />
      </div>
      {!isNothing &&
        (isOnly ? <Tried backtest={backtest} tried={first} isOnly /> : <Several backtest={backtest} />)}
      <LeftOut monitors={left_out} />
    </div>
  );
}
