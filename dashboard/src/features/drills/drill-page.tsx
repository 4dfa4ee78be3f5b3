import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { channelsQuery } from '@/api/channels';
import { drillQuery } from '@/api/drills';
import type { DrillReport } from '@/api/models';
import { ApiError } from '@/api/problem';
import { BackLink } from '@/components/back-link';
import { NotFoundPage } from '@/components/fallback';
import { PageTitle, Section, useTitle } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { useMonitorName } from '@/components/use-monitor-name';
import { cx } from '@/lib/cx';
import { ALERTING_TITLES } from '@/messages/terms';
import { DrillActions } from './drill-actions';
import {
  entryMessages,
  formatSeconds,
  drillMessages as messages,
  notReceived,
  STATE_TITLES,
  timeOf,
  verdictOf,
} from './messages';
import { STATE_STYLES } from './state';
import { channelNames, reasonsOf, timeline } from './timeline';
import { TimelineList } from './timeline-list';
import { useStarter } from './use-starter';

function Headline({ report }: { report: DrillReport }) {
  const { icon: Icon, text, frame } = STATE_STYLES[report.state];
  return (
    <div role="status" className={cx('flex gap-3.5 rounded-xl border px-5 py-4', frame)}>
      <Icon className={cx('mt-0.5 size-6 shrink-0', text)} aria-hidden />
      <div className="min-w-0">
        <p className={cx('font-semibold text-lg leading-snug', text)}>{STATE_TITLES[report.state]}</p>
        <p className="mt-1 text-pretty break-words text-sm">{verdictOf(report)}</p>
      </div>
    </div>
  );
}

interface FigureProps {
  label: string;
  note?: ReactNode;
  className?: string;
  children: ReactNode;
}

function Figure({ label, note, className, children }: FigureProps) {
  return (
    <div className="bg-surface px-5 py-4">
      <dt className="text-ink-soft text-xs">{label}</dt>
      <dd className={cx('mt-1 font-semibold text-xl tracking-tight', className)}>
        {children}
        {note && (
          <span className="block break-words font-normal text-ink-soft text-xs tracking-normal">{note}</span>
        )}
      </dd>
    </div>
  );
}

function Seconds({ value, state }: { value: number | null; state: DrillReport['state'] }) {
  return value === null ? notReceived(state) : formatSeconds(value);
}

function Figures({ report }: { report: DrillReport }) {
  const { state, acknowledged, received, failed } = report;
  const { seconds_to_receive: toReceive, seconds_to_acknowledge: toAcknowledge } = report;
  return (
    <dl
      aria-label={messages.facts}
      className="card mt-4 grid grid-cols-2 gap-px overflow-hidden bg-line sm:grid-cols-4"
    >
      <Figure label={messages.firstReceipt} note={toReceive !== null && messages.afterStart}>
        <Seconds value={toReceive} state={state} />
      </Figure>
      <Figure
        label={messages.acknowledgement}
        note={toAcknowledge !== null && messages.afterStartBy(acknowledged?.by)}
      >
        <Seconds value={toAcknowledge} state={state} />
      </Figure>
      <Figure label={messages.receivedTitle} note={messages.ofDown}>
        {received}
      </Figure>
      <Figure
        label={messages.failedTitle}
        note={messages.ofDown}
        {...(failed > 0 && { className: 'text-down' })}
      >
        {failed}
      </Figure>
    </dl>
  );
}

function Report({ report }: { report: DrillReport }) {
  useTitle(messages.pageTitle(report.name));
  const starter = useStarter()(report);
  const channels = useQuery(channelsQuery).data?.items;
  const channelName = channelNames(
    report,
    channels ? new Map(channels.map(({ id, name }) => [id, name])) : null,
  );
  const entries = timeline(report, starter, channelName);
  const reasons = reasonsOf(report);
  const named = [...reasons.values(), ...entries.flatMap(({ reason }) => reason ?? [])];
  const monitorName = useMonitorName([...new Set(named.flatMap(({ monitorId }) => monitorId ?? []))]);
  return (
    <>
      <div className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-72">
          <PageTitle>{report.name}</PageTitle>
          <p className="mt-1 break-words text-ink-soft text-sm">
            <Link
              to="/monitors/$monitorId"
              params={{ monitorId: report.monitor_id }}
              className="underline decoration-line-strong/50 underline-offset-4 hover:decoration-current"
            >
              {report.monitor_name}
            </Link>
            {` · ${entryMessages.startedBy(starter)} · ${timeOf(report)}`}
          </p>
        </div>
        <DrillActions report={report} names={{ startedBy: starter, channelName, monitorName }} />
      </div>
      <Headline report={report} />
      <Figures report={report} />
      <Section title={messages.timeline}>
        <TimelineList report={report} entries={entries} reasons={reasons} monitorName={monitorName} />
      </Section>
    </>
  );
}

export function DrillPage() {
  const { drillId } = useParams({ from: '/logged-in/drills/$drillId' });
  const query = useQuery(drillQuery(drillId));
  if (query.error instanceof ApiError && [400, 404].includes(query.error.status)) return <NotFoundPage />;
  return (
    <>
      <BackLink to="/drills">{ALERTING_TITLES.drills}</BackLink>
      <QueryView query={query} loading={<Loading rows={3} className="h-28" />}>
        {(report) => <Report report={report} />}
      </QueryView>
    </>
  );
}
