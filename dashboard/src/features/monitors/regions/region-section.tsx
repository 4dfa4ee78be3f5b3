import { Globe } from 'lucide-react';
import type { Monitor, RegionStatus } from '@/api/models';
import { byState, decidingRegions, votesOf } from '@/api/regions';
import { Section } from '@/components/page';
import { ScrollArea } from '@/components/scroll-area';
import { ElapsedTime, RelativeTime } from '@/components/time';
import { formatLatency } from '@/lib/format';
import { describeError } from '@/messages/check-errors';
import { regionsSentence, regionTexts } from '@/messages/regions';
import { monitorMessages } from '../messages';
import { describeQuorum, regionMessages as messages } from './messages';
import { quorumForm, typedQuorum } from './quorum';
import { RegionBadge } from './region-state';

/** The rule by which several regions decide; null of one. */
export const quorumOf = ({ regions, quorum }: Pick<Monitor, 'regions' | 'quorum'>) =>
  typedQuorum(quorumForm(quorum), regions?.length ?? 0);

/** Where a monitor is checked from that names its regions, and how many decide. */
export function RegionsLine({ monitor }: { monitor: Monitor }) {
  const regions = monitor.regions ?? [];
  if (regions.length === 0) return null;
  const quorum = quorumOf(monitor);
  return (
    <div className="mt-2 flex items-start gap-1.5 text-ink-soft text-sm">
      <Globe className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0 break-words">
        {[messages.checkedFrom(regions), quorum && describeQuorum(quorum)].filter(Boolean).join(' · ')}
      </div>
    </div>
  );
}

function Row({ vote, hasSince }: { vote: RegionStatus; hasSince: boolean }) {
  const { region, state, since, last_checked_at: checked, latency_ms: latency, error, error_code } = vote;
  return (
    <tr className="*:px-3 *:py-2 sm:*:px-4">
      <th scope="row" className="whitespace-nowrap font-medium">
        {region}
      </th>
      <td className="whitespace-nowrap">
        <RegionBadge state={state} />
      </td>
      {hasSince && (
        <td className="whitespace-nowrap text-ink-soft">{since ? <ElapsedTime since={since} /> : '–'}</td>
      )}
      <td className="whitespace-nowrap text-ink-soft">
        {checked ? <RelativeTime at={checked} /> : messages.never}
      </td>
      <td className="whitespace-nowrap text-right">{latency === null ? '–' : formatLatency(latency)}</td>
      <td className="min-w-56 text-ink-soft" title={error ?? undefined}>
        {state === 'down' && describeError({ error, error_code })}
      </td>
    </tr>
  );
}

/** What each region finds. Nothing of a monitor that one region checks. */
export function RegionSection({ monitor }: { monitor: Monitor }) {
  const votes = votesOf(monitor);
  if (monitor.paused || votes.length < 2 || decidingRegions(monitor).length === 0) return null;
  const found = byState(votes);
  const hasSince = votes.some(({ since }) => since != null);
  return (
    <Section title={regionTexts.regions}>
      <div className="card overflow-hidden">
        <p className="px-5 py-4 text-sm">{regionsSentence(found)}</p>
        <ScrollArea label={regionTexts.regions}>
          <table className="w-full border-line border-t text-left text-sm">
            <thead className="border-line border-b text-ink-soft text-xs">
              <tr className="*:whitespace-nowrap *:px-3 *:py-2.5 sm:*:px-4 *:font-medium">
                <th scope="col">{regionTexts.region}</th>
                <th scope="col">State</th>
                {hasSince && <th scope="col">{messages.since}</th>}
                <th scope="col">{monitorMessages.lastCheck}</th>
                <th scope="col" className="text-right">
                  {monitorMessages.responseTime}
                </th>
                <th scope="col" className="w-full">
                  Error
                </th>
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {votes.map((vote) => (
                <Row key={vote.region} vote={vote} hasSince={hasSince} />
              ))}
            </tbody>
          </table>
        </ScrollArea>
        {found.absent && <p className="px-5 py-3 text-ink-soft text-xs">{messages.absentHint}</p>}
      </div>
    </Section>
  );
}
