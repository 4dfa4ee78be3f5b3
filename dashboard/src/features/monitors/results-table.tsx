import { useState } from 'react';
import type { CheckResult } from '@/api/models';
import { Button } from '@/components/button';
import { ScrollArea } from '@/components/scroll-area';
import { StateBadge } from '@/components/state';
import { formatDateTime, formatLatency, formatRecent } from '@/lib/format';
import { describeError } from '@/messages/check-errors';
import { common } from '@/messages/common';
import { regionTexts } from '@/messages/regions';
import { monitorMessages, sheetMessages } from './messages';
import { ResultSheet, resultKey } from './result-sheet';

const COLLAPSED_COUNT = 10;

function errorText(result: CheckResult): string {
  if (result.state === 'down') return describeError(result);
  // The API says why, also for reasons that this version does not know.
  return result.state === 'skipped' ? (result.error ?? monitorMessages.notChecked) : '';
}

interface Props {
  monitorId: number;
  results: CheckResult[];
  /** Whether to show HTTP status codes. */
  withStatus: boolean;
  /** Whether to show where each is from. */
  withRegion: boolean;
}

export function ResultsTable({ monitorId, results, withStatus, withRegion }: Props) {
  const [expanded, setExpanded] = useState(false);
  /** The one that is shown in full. */
  const [opened, setOpened] = useState<CheckResult | null>(null);
  const shown = expanded ? results : results.slice(0, COLLAPSED_COUNT);
  return (
    <div className="card overflow-hidden">
      <ScrollArea label={monitorMessages.recentResults}>
        <table className="w-full text-left text-sm">
          <thead className="border-line border-b text-ink-soft text-xs">
            <tr className="*:whitespace-nowrap *:px-3 *:py-2.5 sm:*:px-4 *:font-medium">
              <th scope="col">Time</th>
              {withRegion && <th scope="col">{regionTexts.region}</th>}
              <th scope="col">{sheetMessages.state}</th>
              <th scope="col" className="text-right">
                {monitorMessages.responseTime}
              </th>
              {withStatus && <th scope="col">{sheetMessages.statusCode}</th>}
              <th scope="col" className="text-right">
                {sheetMessages.attempts}
              </th>
              <th scope="col" className="w-full">
                {sheetMessages.error}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {shown.map((result) => (
              <tr key={resultKey(result)} className="*:px-3 *:py-2 sm:*:px-4">
                <td className="whitespace-nowrap">
                  <button
                    type="button"
                    aria-haspopup="dialog"
                    className="underline decoration-line-strong/50 underline-offset-4 hover:decoration-current"
                    onClick={() => setOpened(result)}
                  >
                    <time dateTime={result.scheduled_at} title={formatDateTime(result.scheduled_at)}>
                      {formatRecent(result.scheduled_at)}
                    </time>
                  </button>
                </td>
                {withRegion && <td className="whitespace-nowrap">{result.region}</td>}
                <td>
                  <StateBadge state={result.state} />
                </td>
                <td className="whitespace-nowrap text-right">
                  {result.latency_ms === null ? '–' : formatLatency(result.latency_ms)}
                </td>
                {withStatus && <td>{result.status_code ?? '–'}</td>}
                <td className="text-right">{result.attempts ?? '–'}</td>
                <td className="min-w-56 text-ink-soft" title={result.error ?? undefined}>
                  {errorText(result)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {opened && (
        <ResultSheet
          monitorId={monitorId}
          result={opened}
          results={results}
          withRegion={withRegion}
          onShow={setOpened}
          onClose={() => setOpened(null)}
        />
      )}
      {results.length > COLLAPSED_COUNT && (
        <div className="border-line border-t px-2 py-1.5 text-center">
          <Button variant="ghost" aria-expanded={expanded} onClick={() => setExpanded(!expanded)}>
            {expanded ? common.showFewer : common.showAll(results.length)}
          </Button>
        </div>
      )}
    </div>
  );
}
