import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleSlash, Clock, type LucideIcon, OctagonX } from 'lucide-react';
import type { UpdateNotices } from '@/api/models';
import { noticesQuery } from '@/api/subscribers';
import { noticeMessages as messages, type OutcomeMessages, type Outcomes } from './messages';

/** While some are on their way. */
const POLL_MS = 5_000;

/** What came of the notifications about each update of a report, by the update; null until it is known. */
export function useNotices(reportId: number): ReadonlyMap<number, UpdateNotices> | null {
  const { data } = useQuery({
    ...noticesQuery(reportId),
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ waiting, destinations }) => waiting + (destinations?.waiting ?? 0) > 0) &&
      POLL_MS,
  });
  return data ? new Map(data.items.map((each) => [each.update_id, each])) : null;
}

const failedOf = ({ refused, given_up: givenUp }: Outcomes): number => refused + givenUp;

interface CountProps {
  icon: LucideIcon;
  colour: string;
  text: string;
  hint?: string;
}

function Count({ icon: Icon, colour, text, hint }: CountProps) {
  return (
    <li className={`inline-flex items-center gap-1.5 ${colour}`}>
      <Icon className="size-3.5 shrink-0" aria-hidden />
      <span>
        {text}
        {hint && <span className="text-ink-soft"> · {hint}</span>}
      </span>
    </li>
  );
}

interface OutcomesProps {
  outcomes: Outcomes;
  done: number;
  words: OutcomeMessages;
}

/** How many are done, wait, failed and were skipped. Renders nothing where there is none. */
function OutcomeCounts({ outcomes, done, words }: OutcomesProps) {
  const { waiting, dropped } = outcomes;
  const failed = failedOf(outcomes);
  if (done + waiting + failed + dropped === 0) return null;
  return (
    <ul aria-label={words.label} className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
      {done > 0 && <Count icon={CircleCheck} colour="text-up" text={words.done(done)} />}
      {waiting > 0 && <Count icon={Clock} colour="text-pending" text={words.waiting(waiting)} />}
      {failed > 0 && (
        <Count icon={OctagonX} colour="text-down" text={words.failed(failed)} hint={words.why(outcomes)} />
      )}
      {dropped > 0 && (
        <Count
          icon={CircleSlash}
          colour="text-ink-soft"
          text={words.skipped(dropped)}
          hint={words.skippedWhy}
        />
      )}
    </ul>
  );
}

/** How many emails about an update were sent, failed, and wait; and the same of messages to destinations. */
export function NoticeCounts({ notices }: { notices: UpdateNotices }) {
  const { sent, waiting, dropped, destinations } = notices;
  return (
    <div className="grid gap-1">
      {sent + waiting + failedOf(notices) + dropped === 0 && (
        <p className="text-ink-soft text-xs">{messages.nobody}</p>
      )}
      <OutcomeCounts outcomes={notices} done={sent} words={messages.emails} />
      {/* A user-service of the release before does not tell. */}
      {destinations && (
        <OutcomeCounts outcomes={destinations} done={destinations.delivered} words={messages.destinations} />
      )}
    </div>
  );
}
