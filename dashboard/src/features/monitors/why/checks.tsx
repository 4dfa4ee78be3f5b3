import { useState } from 'react';
import type { Why, WhyCheck, WhyRule } from '@/api/models';
import { Button } from '@/components/button';
import { StateBadge } from '@/components/state';
import { cx } from '@/lib/cx';
import { formatDateTime, formatLatency, formatRecent } from '@/lib/format';
import { describeError } from '@/messages/check-errors';
import { common } from '@/messages/common';
import { describeRule, whyMessages as messages } from './messages';
import { Soft } from './step';
import { Votes } from './votes';

const SHOWN = 6;

function Check({ check }: { check: WhyCheck }) {
  const { checked_at, appended_at, state, latency_ms, error, error_code, revision, region } = check;
  return (
    <li
      title={
        appended_at ? messages.onLog(formatDateTime(appended_at), revision) : messages.revision(revision)
      }
      className="grid grid-cols-[8rem_1fr_auto] items-center gap-x-3 gap-y-1 px-3.5 py-2 sm:grid-cols-[8rem_7rem_minmax(0,1fr)_auto]"
    >
      <time dateTime={checked_at} className="whitespace-nowrap">
        {formatRecent(checked_at)}
      </time>
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <StateBadge state={state} />
        {region != null && <span className="break-all text-ink-soft">{region}</span>}
      </span>
      <span className="break-words empty:hidden max-sm:order-last max-sm:col-span-3">
        {error !== null || error_code !== null ? describeError({ error, error_code }) : ''}
      </span>
      <span className="whitespace-nowrap text-right text-ink-soft sm:col-start-4">
        {latency_ms !== null && formatLatency(latency_ms)}
      </span>
    </li>
  );
}

/** The last checks, the newest last: it is what the rule below goes by. */
export function Checks({ why, isHeartbeat }: { why: Why; isHeartbeat: boolean }) {
  const [showsAll, setShowsAll] = useState(false);
  const { checks, not_checked } = why;
  const shown = showsAll ? checks : checks.slice(-SHOWN);
  return (
    <>
      {not_checked && (
        <p className="break-words rounded-lg border border-line-strong bg-sunken px-3.5 py-2.5 first-letter:uppercase">
          {not_checked}
        </p>
      )}
      {checks.length === 0 ? (
        <Soft>{isHeartbeat ? messages.noChecksOfHeartbeat : messages.noChecks}</Soft>
      ) : (
        <ol
          aria-label={messages.checksList}
          className="divide-y divide-line rounded-lg border border-line bg-surface"
        >
          {shown.map((check) => (
            <Check key={`${check.scheduled_at} ${check.checked_at} ${check.region ?? ''}`} check={check} />
          ))}
        </ol>
      )}
      {checks.length > SHOWN && (
        <Button variant="ghost" className="w-fit" onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? common.showFewer : messages.allChecks(checks.length)}
        </Button>
      )}
    </>
  );
}

const MAX_PIPS = 20;

/** A box for each failed check that is needed, filled as far as there were so many. */
function Pips({ rule: { failing, down_after: needed } }: { rule: WhyRule }) {
  if (needed > MAX_PIPS) return null;
  return (
    <span aria-hidden className="flex flex-wrap gap-1">
      {Array.from({ length: needed }, (_, at) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: they are known by their place
          key={at}
          className={cx(
            'h-3.5 w-5 rounded-sm border',
            at < failing ? 'border-down-fill bg-down-fill' : 'border-line-strong bg-surface',
          )}
        />
      ))}
    </span>
  );
}

/** By which rule the checks were judged, and how far it was met: of several regions by what each of them said. */
export function RuleMet({ why: { rule, votes } }: { why: Why }) {
  if (!rule) return <Soft>{messages.noRule}</Soft>;
  return (
    <>
      {votes ? (
        <Votes votes={votes} />
      ) : (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <Pips rule={rule} />
          <span className="font-medium">{messages.failing(rule)}</span>
        </div>
      )}
      <p className="text-pretty">
        {rule.is_down ? messages.isDown : messages.isNotDown}{' '}
        <span className="text-ink-soft">{describeRule(rule)}</span>
      </p>
      {!rule.is_known && <Soft>{messages.currentRule}</Soft>}
    </>
  );
}
