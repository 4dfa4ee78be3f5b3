import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import {
  Activity,
  BellOff,
  CircleCheck,
  CircleHelp,
  CircleSlash,
  Hourglass,
  type LucideIcon,
  OctagonX,
  Scale,
  Send,
  Split,
  TriangleAlert,
  Undo2,
  UserX,
} from 'lucide-react';
import { isHeartbeat } from '@/api/heartbeats';
import type { Why, WhyAnswer } from '@/api/models';
import { monitorQuery } from '@/api/monitors';
import { ApiError } from '@/api/problem';
import { whyQuery } from '@/api/why';
import { BackLink } from '@/components/back-link';
import { DeliveryTrace } from '@/components/delivery-trace';
import { Disclosure } from '@/components/disclosure';
import { NotFoundPage } from '@/components/fallback';
import { PageTitle, useTitle } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { cx } from '@/lib/cx';
import { formatDateTime } from '@/lib/format';
import { common } from '@/messages/common';
import { AskedRoutes, Destinations, RouteFacts } from '../alerting/explanation';
import { Checks, RuleMet } from './checks';
import { IncidentFacts } from './incident';
import { InstantForm } from './instant-form';
import { KeptBack, Without } from './kept-back';
import { ANSWER_LABELS, DECIDED_AT, whyMessages as messages } from './messages';
import { Soft, Step } from './step';

const ANSWER_STYLES: Record<WhyAnswer, { icon: LucideIcon; text: string; frame: string }> = {
  notified: { icon: CircleCheck, text: 'text-up', frame: 'border-up/40 bg-up/8' },
  sending: { icon: Send, text: 'text-pending', frame: 'border-pending/40 bg-pending/8' },
  failed: { icon: OctagonX, text: 'text-down', frame: 'border-down/40 bg-down/8' },
  held_back: { icon: Hourglass, text: 'text-degraded', frame: 'border-degraded/40 bg-degraded/8' },
  suppressed: { icon: BellOff, text: 'text-degraded', frame: 'border-degraded/40 bg-degraded/8' },
  nobody: { icon: UserX, text: 'text-down', frame: 'border-down/40 bg-down/8' },
  not_down: { icon: CircleCheck, text: 'text-up', frame: 'border-line bg-surface' },
  unconfirmed: { icon: TriangleAlert, text: 'text-degraded', frame: 'border-degraded/40 bg-degraded/8' },
  not_checked: { icon: CircleSlash, text: 'text-paused', frame: 'border-line-strong bg-sunken' },
  unknown: { icon: CircleHelp, text: 'text-paused', frame: 'border-line-strong bg-sunken' },
};

function Headline({ why: { answer, summary, at } }: { why: Why }) {
  const { icon: Icon, text, frame } = ANSWER_STYLES[answer];
  return (
    <div role="status" className={cx('flex gap-3.5 rounded-xl border px-5 py-4', frame)}>
      <Icon className={cx('mt-0.5 size-6 shrink-0', text)} aria-hidden />
      <div className="min-w-0">
        <p className="text-balance font-semibold text-lg leading-snug">{ANSWER_LABELS[answer]}</p>
        <p className="mt-1 text-pretty break-words text-sm first-letter:uppercase">{summary}</p>
        <p className="mt-1 text-ink-soft text-xs">
          <time dateTime={at}>{formatDateTime(at)}</time>
        </p>
      </div>
    </div>
  );
}

/** Where its alerts went. */
function RouteStep({ why: { route, incident, known_since }, isDecisive }: StepProps) {
  if (!route) return null;
  const isCurrent = incident !== null && incident.started_at < known_since;
  return (
    <Step icon={Split} title={messages.route} isDecisive={isDecisive}>
      {isCurrent && <Soft>{messages.currentRoute(formatDateTime(known_since))}</Soft>}
      <Destinations title={messages.goesTo} explanation={route} />
      <Disclosure title={messages.details} hasError={false}>
        <div className="grid grid-cols-1 gap-5 sm:col-span-2">
          <AskedRoutes explanation={route} />
          <RouteFacts explanation={route} />
        </div>
      </Disclosure>
    </Step>
  );
}

interface StepProps {
  why: Why;
  isDecisive: boolean;
}

/** What came after the incident; nothing without one. */
function AfterIncident({ why }: { why: Why }) {
  const { answer, deliveries, suppressions, without, without_known, incident } = why;
  const decided = DECIDED_AT[answer];
  if (!incident) return null;
  return (
    <>
      <RouteStep why={why} isDecisive={decided === 'route'} />
      {(suppressions.length > 0 || answer !== 'nobody') && (
        <Step icon={BellOff} title={messages.keptBack} isDecisive={decided === 'kept_back'}>
          <KeptBack why={why} />
        </Step>
      )}
      <Step icon={Send} title={messages.notifications} isDecisive={decided === 'notifications'}>
        {deliveries.length === 0 ? (
          <Soft>{messages.noNotifications}</Soft>
        ) : (
          <DeliveryTrace deliveries={deliveries} label={messages.notifications} />
        )}
      </Step>
      {without.length > 0 && (
        <Step icon={Undo2} title={messages.without}>
          <Without without={without} />
        </Step>
      )}
      {!without_known && (
        <Step icon={Undo2} title={messages.without}>
          <Soft>{messages.withoutUnknown}</Soft>
        </Step>
      )}
    </>
  );
}

function Chain({ why, ofHeartbeat }: { why: Why; ofHeartbeat: boolean }) {
  const decided = DECIDED_AT[why.answer];
  return (
    <ol aria-label={messages.chain} className="mt-8">
      <Step icon={Activity} title={messages.checks} isDecisive={decided === 'checks'}>
        <Checks why={why} isHeartbeat={ofHeartbeat} />
      </Step>
      {!ofHeartbeat && (
        <Step icon={Scale} title={messages.rule} isDecisive={decided === 'rule'}>
          <RuleMet why={why} />
        </Step>
      )}
      <Step
        icon={OctagonX}
        title={messages.incident}
        isDecisive={decided === 'incident' || (decided === 'rule' && ofHeartbeat)}
      >
        <IncidentFacts incident={why.incident} />
      </Step>
      <AfterIncident why={why} />
    </ol>
  );
}

/** Why somebody was notified of a monitor at an instant, or nobody was. */
export function WhyPage() {
  const { monitorId } = useParams({ from: '/logged-in/monitors/$monitorId/why' });
  const { at = null, past } = useSearch({ from: '/logged-in/monitors/$monitorId/why' });
  const navigate = useNavigate({ from: '/monitors/$monitorId/why' });
  const monitor = useQuery(monitorQuery(monitorId));
  const query = useQuery(whyQuery(monitorId, at));
  useTitle(messages.pageTitle);
  if ([monitor, query].some(({ error }) => error instanceof ApiError && error.status === 404)) {
    return <NotFoundPage />;
  }
  const name = query.data?.monitor_name.trim() || monitor.data?.name.trim();
  return (
    <div className="max-w-3xl">
      <BackLink to="/monitors/$monitorId" monitorId={monitorId} at={past}>
        {name || common.namelessMonitor(monitorId)}
      </BackLink>
      <PageTitle>{messages.pageTitle}</PageTitle>
      <p className="mt-1 mb-6 text-pretty text-ink-soft text-sm">{messages.about}</p>
      <InstantForm
        key={at}
        at={at}
        onChange={(next) => {
          // The same instant is asked about again.
          if (next === at) void query.refetch();
          void navigate({ search: { at: next ?? undefined, past } });
        }}
      />
      <div className="mt-6">
        <QueryView query={query} loading={<Loading rows={4} className="h-24" />}>
          {(why) => (
            <>
              <Headline why={why} />
              <Chain why={why} ofHeartbeat={monitor.data ? isHeartbeat(monitor.data) : false} />
            </>
          )}
        </QueryView>
      </div>
    </div>
  );
}
