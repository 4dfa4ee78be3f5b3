import type { ReactNode } from 'react';
import type { BacktestOutcome } from '@/api/models';
import { formatCount, formatDuration } from '@/lib/format';
import { useWidth } from '@/lib/use-width';
import { backtestMessages as messages, moreOrFewer, signedDuration } from '@/messages/backtest';
import { countedOf, Marked, none, type RowName, TIMES } from './figures';

/** Pixels of a column in which a name and a difference can be read, and of the names of the rows. */
const COLUMN = 104;
const ROW_NAMES = 150;
const INITIAL_WIDTH = 960;

interface Figure {
  value: ReactNode;
  /** How it differs from what was sent, in words; none of what was sent itself. */
  change: string | null;
}

interface Row {
  name: RowName;
  /** Of what was sent, and then of each candidate. */
  figures: Figure[];
}

/** What there is to compare, row by row. */
function rowsOf(sent: BacktestOutcome, candidates: readonly BacktestOutcome[]): Row[] {
  const all = [sent, ...candidates];
  const counted = countedOf(all).map((name) => ({
    name,
    figures: all.map((each) => ({
      value: formatCount(each[name]),
      change: each === sent ? null : moreOrFewer(each[name] - sent[name]),
    })),
  }));
  const times = TIMES.map((name) => ({
    name,
    figures: all.map((each) => {
      const [before, after] = [sent[name], each[name]];
      const isCompared = each !== sent && before !== null && after !== null;
      return {
        value: after === null ? none : formatDuration(after),
        change: isCompared ? signedDuration(after - before).toLowerCase() : null,
      };
    }),
  }));
  const marked = (['missed', 'added'] as const).map((name) => ({
    name,
    figures: all.map((each) => ({
      value: each === sent ? none : <Marked name={name} count={each[name]} />,
      change: null,
    })),
  }));
  return [...counted, ...times, ...marked];
}

function Change({ text }: { text: string | null }) {
  if (text === null) return null;
  const isSame = text === moreOrFewer(0);
  return (
    <span className={`block text-xs ${isSame ? 'font-normal text-ink-soft' : 'font-medium'}`}>{text}</span>
  );
}

const hintOf = (name: RowName): string | undefined =>
  (messages.hints as Partial<Record<RowName, string>>)[name];

interface Props {
  sent: BacktestOutcome;
  candidates: readonly BacktestOutcome[];
}

interface LayoutProps {
  names: readonly string[];
  rows: readonly Row[];
}

function Table({ names, rows }: LayoutProps) {
  return (
    <table className="w-full table-fixed text-sm">
      <caption className="sr-only">{messages.comparison}</caption>
      <thead className="text-ink-soft text-xs">
        <tr>
          <th scope="col" className="pb-1 text-left font-normal">
            <span className="sr-only">{messages.metric}</span>
          </th>
          {names.map((name, at) => (
            <th
              // biome-ignore lint/suspicious/noArrayIndexKey: candidates are known by their place
              key={at}
              scope="col"
              className="break-words pb-1 pl-3 text-right align-bottom font-normal"
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, figures }) => (
          <tr key={name} className="border-line border-t">
            <th scope="row" title={hintOf(name)} className="py-1.5 text-left align-top font-normal">
              <span className="inline-block first-letter:uppercase">{messages.rows[name]}</span>
            </th>
            {figures.map(({ value, change }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: candidates are known by their place
              <td key={at} className="py-1.5 pl-3 text-right align-top">
                {value} <Change text={change} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The same where there is no room for a table: one below the other. */
function Cards({ names, rows }: LayoutProps) {
  return (
    <ul aria-label={messages.comparison} className="grid gap-3">
      {names.map((title, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: candidates are known by their place
        <li key={at} className="rounded-lg border border-line p-3.5 text-sm">
          <h3 className="mb-1.5 break-words font-semibold">{title}</h3>
          <dl className="grid gap-1">
            {rows.map(({ name, figures }) => (
              <div key={name} className="flex items-baseline justify-between gap-4">
                <dt className="text-ink-soft first-letter:uppercase">{messages.rows[name]}</dt>
                <dd className="text-right">
                  {figures[at]?.value} <Change text={figures[at]?.change ?? null} />
                </dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}

/** What was sent, and beside it what each candidate would have. */
export function SideBySide({ sent, candidates }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>(INITIAL_WIDTH);
  const names = [
    messages.whatWasSent,
    ...candidates.map(({ name }, at) => name ?? messages.candidate(at + 1)),
  ];
  const rows = rowsOf(sent, candidates);
  const isNarrow = width < ROW_NAMES + names.length * COLUMN;
  return (
    <div ref={ref}>
      {isNarrow ? <Cards names={names} rows={rows} /> : <Table names={names} rows={rows} />}
    </div>
  );
}
