import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleSlash, Clock, type LucideIcon, OctagonX } from 'lucide-react';
import type { UpdateNotices } from '@/api/models';
import { noticesQuery } from '@/api/subscribers';
import { noticeMessages as messages } from './messages';

/** While some are on their way. */
const POLL_MS = 5_000;

/** What came of the notifications about each update of a report, by the update; null until it is known. */
export function useNotices(reportId: number): ReadonlyMap<number, UpdateNotices> | null {
  const { data } = useQuery({
    ...noticesQuery(reportId),
    refetchInterval: ({ state }) => state.data?.items.some(({ waiting }) => waiting > 0) && POLL_MS,
  });
  return data ? new Map(data.items.map((each) => [each.update_id, each])) : null;
}

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

/** How many notifications about an update were sent, failed, and wait. */
export function NoticeCounts({ notices }: { notices: UpdateNotices }) {
  const { sent, waiting, refused, given_up: givenUp, dropped } = notices;
  const failed = refused + givenUp;
  if (sent + waiting + failed + dropped === 0) {
    return <p className="text-ink-soft text-xs">{messages.nobody}</p>;
  }
  return (
    <ul aria-label={messages.label} className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
      {sent > 0 && <Count icon={CircleCheck} colour="text-up" text={messages.sent(sent)} />}
      {waiting > 0 && <Count icon={Clock} colour="text-pending" text={messages.waiting(waiting)} />}
      {failed > 0 && (
        <Count
          icon={OctagonX}
          colour="text-down"
          text={messages.failed(failed)}
          hint={messages.why(notices)}
        />
      )}
      {dropped > 0 && (
        <Count
          icon={CircleSlash}
          colour="text-ink-soft"
          text={messages.skipped(dropped)}
          hint={messages.skippedWhy}
        />
      )}
    </ul>
  );
}
