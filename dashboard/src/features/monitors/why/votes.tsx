import type { WhyVote, WhyVotes } from '@/api/models';
import { formatRecent } from '@/lib/format';
import { describeError } from '@/messages/check-errors';
import { describeQuorum } from '../regions/messages';
import { quorumForm, typedQuorum } from '../regions/quorum';
import { RegionBadge } from '../regions/region-state';
import { whyMessages as messages } from './messages';
import { Soft } from './step';

/** Since when it said so, or when it was heard of last; and that its newest checks say otherwise. */
function detailsOf({ state, since, last_slot: last, contradicted, error, error_code }: WhyVote): string {
  if (state === 'unknown') return '';
  if (state === 'absent') return last === null ? '' : messages.heardLast(formatRecent(last));
  return [
    since !== null && messages.saidSince(formatRecent(since)),
    state === 'down' && describeError({ error, error_code }),
    contradicted > 0 && messages.contradicted(contradicted),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What each region said, and how many of them decide. */
export function Votes({ votes }: { votes: WhyVotes }) {
  const { regions, down, min_regions, is_unseen: isUnseen } = votes;
  const quorum = typedQuorum(quorumForm({ down, min_regions }), regions.length);
  return (
    <>
      {quorum && <p className="font-medium">{describeQuorum(quorum)}</p>}
      <ul
        aria-label={messages.votesList}
        className="divide-y divide-line rounded-lg border border-line bg-surface"
      >
        {regions.map((vote) => (
          <li key={vote.region} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3.5 py-2">
            <span className="min-w-16 break-words font-medium">{vote.region}</span>
            <RegionBadge state={vote.state} />
            <span className="min-w-0 break-words text-ink-soft empty:hidden">{detailsOf(vote)}</span>
          </li>
        ))}
      </ul>
      {isUnseen && <Soft>{messages.unseen(min_regions)}</Soft>}
    </>
  );
}
