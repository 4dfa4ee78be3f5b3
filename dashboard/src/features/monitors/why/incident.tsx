import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { WhyIncident } from '@/api/models';
import { CopyLine } from '@/components/copy';
import { formatDateTime } from '@/lib/format';
import { describeError } from '@/messages/check-errors';
import { closeReason } from '@/messages/incidents';
import { describeRecord, whyMessages as messages } from './messages';
import { Soft } from './step';

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid items-center gap-x-4 sm:grid-cols-[8rem_minmax(0,1fr)]">
      <dt className="text-ink-soft">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

/** Which incident it was, and the record on the log by which it was found. */
export function IncidentFacts({ incident }: { incident: WhyIncident | null }) {
  if (!incident) return <Soft>{messages.noIncident}</Soft>;
  const { id, degraded, started_at, resolved_at, close_reason, acknowledged, source } = incident;
  return (
    <>
      <p className="break-words font-medium">{degraded ? messages.wasDegraded : describeError(incident)}</p>
      <dl className="grid gap-1.5">
        <Fact label={messages.started}>{formatDateTime(started_at)}</Fact>
        <Fact label={messages.ended}>
          {resolved_at === null
            ? messages.ongoing
            : messages.endedAs(formatDateTime(resolved_at), closeReason({ close_reason }))}
        </Fact>
        {acknowledged && (
          <Fact label={messages.acknowledged}>
            {messages.acknowledgedBy(formatDateTime(acknowledged.at), acknowledged.by)}
          </Fact>
        )}
        {source && (
          <Fact label={messages.log}>
            <CopyLine text={`${source.topic}/${source.partition}/${source.offset}`} label={messages.copyLog}>
              {describeRecord(source)}
            </CopyLine>
          </Fact>
        )}
      </dl>
      {/* A time of being degraded has no page. */}
      {!degraded && (
        <Link
          to="/incidents/$incidentId"
          params={{ incidentId: id }}
          className="w-fit font-medium underline underline-offset-4"
        >
          {messages.openIncident}
        </Link>
      )}
    </>
  );
}
