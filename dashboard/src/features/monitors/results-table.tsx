import { useState } from 'react';
import type { CheckResult } from '@/api/types';
import { Button } from '@/components/button';
import { StateBadge } from '@/components/state';
import { describeCause } from '@/lib/causes';
import { formatDateTime, formatLatency, formatRecent } from '@/lib/format';

const FEW = 10;

function cause(result: CheckResult): string {
  if (result.state === 'down') return describeCause(result.error_code, result.error);
  return result.state === 'skipped' ? 'was not checked' : '';
}

interface Props {
  results: CheckResult[];
  /** Whether there are HTTP statuses. */
  withStatus: boolean;
}

export function ResultsTable({ results, withStatus }: Props) {
  const [all, setAll] = useState(false);
  const shown = all ? results : results.slice(0, FEW);
  return (
    <div className="card overflow-hidden">
      <div className="overflow-x-auto">
        <table className="w-full text-left text-sm">
          <thead className="border-line border-b text-ink-soft text-xs">
            <tr className="*:whitespace-nowrap *:px-3 *:py-2.5 sm:*:px-4 *:font-medium">
              <th scope="col">Time</th>
              <th scope="col">State</th>
              <th scope="col" className="text-right">
                Response
              </th>
              {withStatus && <th scope="col">HTTP</th>}
              <th scope="col" className="text-right">
                Attempts
              </th>
              <th scope="col" className="w-full">
                Cause
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {shown.map((result) => (
              <tr key={`${result.scheduled_at} ${result.region}`} className="*:px-3 *:py-2 sm:*:px-4">
                <td className="whitespace-nowrap">
                  <time dateTime={result.scheduled_at} title={formatDateTime(result.scheduled_at)}>
                    {formatRecent(result.scheduled_at)}
                  </time>
                </td>
                <td>
                  <StateBadge state={result.state} />
                </td>
                <td className="whitespace-nowrap text-right">
                  {result.latency_ms === null ? '–' : formatLatency(result.latency_ms)}
                </td>
                {withStatus && <td>{result.status_code ?? '–'}</td>}
                <td className="text-right">{result.attempts ?? '–'}</td>
                <td className="min-w-56 text-ink-soft" title={result.error ?? undefined}>
                  {cause(result)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {results.length > FEW && (
        <div className="border-line border-t px-2 py-1.5 text-center">
          <Button variant="ghost" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show all ${results.length}`}
          </Button>
        </div>
      )}
    </div>
  );
}
