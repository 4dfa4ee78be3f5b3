import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { incidentsOfQuery } from '@/api/incidents';
import type { CheckResult, Incident } from '@/api/models';
import { Button, buttonClass } from '@/components/button';
import { FormDialog } from '@/components/dialog';
import { StateBadge } from '@/components/state';
import { WhyLink } from '@/components/why-link';
import { formatDateTime, formatLatency, formatMillis } from '@/lib/format';
import { describeError, errorCodeLabel } from '@/messages/check-errors';
import { regionTexts } from '@/messages/regions';
import { sheetMessages as messages, monitorMessages } from './messages';

/** What is one result among others: each region has one for the same time. */
export const resultKey = ({ scheduled_at, region }: CheckResult): string => `${scheduled_at} ${region}`;

/** The incident that a result is a part of. */
export const incidentAt = (incidents: readonly Incident[], { scheduled_at }: CheckResult): Incident | null =>
  incidents.find(
    ({ started_at: began, resolved_at: ended }) =>
      began <= scheduled_at && (ended === null || scheduled_at < ended),
  ) ?? null;

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[8rem_minmax(0,1fr)] gap-x-4">
      <dt className="text-ink-soft">{label}</dt>
      <dd className="wrap-anywhere min-w-0">{children}</dd>
    </div>
  );
}

function Facts({ result, withRegion }: { result: CheckResult; withRegion: boolean }) {
  const { checked_at: checked, scheduled_at: due, error, error_code: code, attempts } = result;
  const words = result.state === 'down' ? describeError(result) : null;
  return (
    <dl className="grid gap-2.5 text-sm">
      <Row label={messages.state}>
        <StateBadge state={result.state} />
      </Row>
      <Row label={messages.due}>{formatDateTime(due)}</Row>
      {checked && (
        <Row label={messages.checked}>
          {messages.after(formatDateTime(checked), formatMillis(Date.parse(checked) - Date.parse(due)))}
        </Row>
      )}
      {withRegion && <Row label={regionTexts.region}>{result.region}</Row>}
      {result.latency_ms !== null && (
        <Row label={monitorMessages.responseTime}>{formatLatency(result.latency_ms)}</Row>
      )}
      {result.status_code !== null && <Row label={messages.statusCode}>{result.status_code}</Row>}
      {attempts > 0 && <Row label={messages.attempts}>{attempts}</Row>}
      {words && <Row label={messages.error}>{words}</Row>}
      {code && <Row label={messages.errorType}>{errorCodeLabel(code)}</Row>}
      {error && error !== words && (
        <Row label={messages.original}>
          <span className="whitespace-pre-wrap font-mono text-xs">{error}</span>
        </Row>
      )}
    </dl>
  );
}

const DAY_MS = 86_400_000;

/** How many days back the results go: of a monitor that is checked once a day these are many. */
export function daysOfResults(results: readonly CheckResult[], now: number): number {
  const oldest = Math.min(now, ...results.map(({ scheduled_at }) => Date.parse(scheduled_at)));
  return Math.max(1, Math.ceil((now - oldest) / DAY_MS));
}

interface Props {
  monitorId: number;
  result: CheckResult;
  /** All that are in the table, the latest first. */
  results: readonly CheckResult[];
  withRegion: boolean;
  onShow: (result: CheckResult) => void;
  onClose: () => void;
}

/** All that is known of a result, beside the table; one goes on to the one before or after it. */
export function ResultSheet({ monitorId, result, results, withRegion, onShow, onClose }: Props) {
  const days = daysOfResults([result, ...results], Date.now());
  const { data: incidents = [] } = useQuery(incidentsOfQuery(monitorId, days));
  const incident = incidentAt(incidents, result);
  const at = results.findIndex((other) => resultKey(other) === resultKey(result));
  const [newer, older] = [at > 0 ? results[at - 1] : undefined, at < 0 ? undefined : results[at + 1]];
  return (
    <FormDialog side title={messages.title(formatDateTime(result.scheduled_at))} onClose={onClose}>
      <Facts result={result} withRegion={withRegion} />
      <div className="mt-6 flex flex-wrap gap-2">
        {incident && (
          <Link to="/incidents/$incidentId" params={{ incidentId: incident.id }} className={buttonClass()}>
            {messages.incident}
          </Link>
        )}
        <WhyLink monitorId={monitorId} at={result.scheduled_at} />
      </div>
      <div className="mt-6 flex justify-between gap-2 border-line border-t pt-4">
        {/* Not `disabled`: the focus stays where it is. */}
        <Button aria-disabled={!older || undefined} onClick={() => older && onShow(older)}>
          <ChevronLeft className="size-4" aria-hidden />
          {messages.older}
        </Button>
        <Button aria-disabled={!newer || undefined} onClick={() => newer && onShow(newer)}>
          {messages.newer}
          <ChevronRight className="size-4" aria-hidden />
        </Button>
      </div>
    </FormDialog>
  );
}
