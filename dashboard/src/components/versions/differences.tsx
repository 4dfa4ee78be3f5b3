import { ArrowRight, CircleAlert, Lock } from 'lucide-react';
import { versionMessages as messages } from '@/messages/versions';
import { LongText } from './long-text';
import type { Row } from './rows';

function Value({ value, label, was }: { value: string | null; label: string; was: boolean }) {
  const title = was ? messages.before : messages.after;
  const shown =
    value === null ? (
      <span className="text-ink-soft">{messages.notSet}</span>
    ) : (
      <LongText text={value} label={messages.part(label, title)} />
    );
  return (
    <div className="min-w-0">
      <p className="text-ink-soft text-xs">{title}</p>
      {was ? (
        <del className="text-ink-soft no-underline">{shown}</del>
      ) : (
        <ins className="no-underline">{shown}</ins>
      )}
    </div>
  );
}

interface Props {
  label: string;
  rows: readonly Row[];
  /** What is wrong with some of them, by their paths. */
  problems?: ReadonlyMap<string, string> | undefined;
}

/** Settings that differ, each before and after. */
export function Differences({ label, rows, problems }: Props) {
  return (
    <ul aria-label={label} className="card divide-y divide-line">
      {rows.map((row) => {
        const problem = problems?.get(row.field);
        return (
          <li key={row.field} className="px-5 py-3.5 text-sm">
            <p className="wrap-anywhere font-medium">{row.label}</p>
            {row.isSecret ? (
              <p className="mt-1 flex items-start gap-1.5 text-ink-soft">
                <Lock className="mt-0.5 size-4 shrink-0" aria-hidden />
                {messages.secretChanged}
              </p>
            ) : (
              <div className="mt-1 grid gap-x-4 gap-y-1 sm:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)]">
                <Value value={row.before} label={row.label} was />
                <ArrowRight className="size-4 rotate-90 self-center text-ink-soft sm:rotate-0" aria-hidden />
                <Value value={row.after} label={row.label} was={false} />
              </div>
            )}
            {problem && (
              <p className="mt-2 flex gap-1.5 text-down">
                <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
                <span className="wrap-anywhere min-w-0 first-letter:uppercase">{problem}</span>
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** The settings of one version, each with its value. */
export function Settings({ rows }: { rows: readonly Row[] }) {
  return (
    <dl className="grid gap-x-5 gap-y-3 text-sm sm:col-span-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]">
      {rows.map(({ field, label, after }) => (
        <div key={field} className="contents">
          <dt className="wrap-anywhere text-ink-soft max-sm:-mb-2">{label}</dt>
          <dd className="min-w-0">{after !== null && <LongText text={after} label={label} />}</dd>
        </div>
      ))}
    </dl>
  );
}
