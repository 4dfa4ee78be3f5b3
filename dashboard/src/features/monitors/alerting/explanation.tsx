import { Check, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ExplainedDestination, ExplainedPolicy, RouteExplanation } from '@/api/models';
import { EscalationSteps, TargetChip } from '@/components/escalation-steps';
import { ReasonText, SUPPRESSION_ICONS } from '@/components/reason';
import { NobodyWarning } from '@/components/recipients-fields';
import { useMonitorName } from '@/components/use-monitor-name';
import { cx } from '@/lib/cx';
import { capitalise, formatShortDateTime } from '@/lib/format';
import { alertingMessages, describeUnreachable, SEVERITY_LABELS, targetNotes } from '@/messages/alerting';
import { common } from '@/messages/common';
import { describeReason } from '@/messages/suppressions';
import {
  describeBy,
  describeDestination,
  describeRoute,
  kindText,
  monitorAlerting as messages,
} from './messages';

function Heading({ children }: { children: ReactNode }) {
  return <h3 className="mb-2 font-medium text-sm">{children}</h3>;
}

/** What routes go by. */
export function RouteFacts({ explanation }: { explanation: RouteExplanation }) {
  const { severity, tags } = explanation;
  const texts = [
    messages.severity(SEVERITY_LABELS[severity]),
    ...kindText(explanation),
    ...(tags.length > 0 ? tags : [messages.noTags]),
  ];
  return (
    <section>
      <Heading>{messages.facts}</Heading>
      <ul className="flex flex-wrap gap-1.5">
        {texts.map((text) => (
          <li
            key={text}
            className="max-w-full break-words rounded-md bg-sunken px-2 py-0.5 text-xs leading-5"
          >
            {text}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Row({ name, reason, isTaken }: { name: string; reason: string; isTaken: boolean }) {
  const Icon = isTaken ? Check : Minus;
  return (
    <li className={cx('flex items-start gap-2.5 px-3.5 py-2', !isTaken && 'text-ink-soft')}>
      <Icon className={cx('mt-0.5 size-4 shrink-0', isTaken && 'text-up')} aria-hidden />
      <div className="min-w-0">
        <p className={cx('break-words text-sm', isTaken && 'font-semibold')}>{name}</p>
        <p className="text-xs">{reason}</p>
      </div>
    </li>
  );
}

/** Each route, and why it takes the incident or does not. */
export function AskedRoutes({
  explanation: { routes, recipients, destinations },
}: {
  explanation: RouteExplanation;
}) {
  const isDefault = destinations.some(({ by }) => by === 'default');
  return (
    <section>
      <Heading>{messages.routes}</Heading>
      {recipients !== null && <p className="mb-2 text-ink-soft text-sm">{messages.ownRecipients}</p>}
      {routes.length === 0 && <p className="mb-2 text-ink-soft text-sm">{messages.noRoutes}</p>}
      <ol
        aria-label={messages.routes}
        className="max-h-72 divide-y divide-line overflow-y-auto rounded-lg border border-line"
      >
        {routes.map((route) => (
          <Row
            key={route.id}
            name={route.name}
            reason={describeRoute(route)}
            isTaken={route.matched && route.asked}
          />
        ))}
        <Row
          name={messages.everythingElse}
          reason={isDefault ? messages.defaultTaken : messages.defaultNotAsked}
          isTaken={isDefault}
        />
      </ol>
    </section>
  );
}

/** The steps of a policy, with who is reached now. */
function PolicySteps({ policy }: { policy: ExplainedPolicy }) {
  const name = policy.name ?? alertingMessages.deletedPolicy;
  if (!policy.followed) return <p className="text-degraded text-sm">{messages.notFollowed}</p>;
  const steps = policy.steps.map(({ after_minutes, applies, targets }) => ({
    when: messages.startsAt(after_minutes),
    conditions: [],
    skipped: applies ? undefined : messages.skipped,
    targets: targets.map((target) => {
      const { kind, id, people, unreachable } = target;
      const names = people.map((person) => person.name ?? targetNotes.id(person.id));
      return {
        kind,
        id,
        name: target.name ?? alertingMessages.deletedTarget(kind),
        note: kind === 'person' ? undefined : messages.people(names),
        problem: unreachable && describeUnreachable(kind, unreachable),
      };
    }),
  }));
  return <EscalationSteps label={messages.steps(name)} steps={steps} />;
}

function Destination({ destination }: { destination: ExplainedDestination }) {
  const { recipients, channels, policy } = destination;
  return (
    <li className="grid grid-cols-1 gap-2.5">
      <p className="break-words text-sm">
        <span className="font-semibold">{capitalise(describeDestination(destination))}</span>{' '}
        <span className="text-ink-soft">({describeBy(destination)})</span>
      </p>
      {recipients?.to === 'nobody' && <NobodyWarning />}
      {policy && <PolicySteps policy={policy} />}
      {channels.length > 0 && (
        <ul className="flex flex-wrap gap-1.5">
          {channels.map(({ id, name, enabled }) => (
            <li key={id} className="max-w-full">
              <TargetChip
                target={{
                  kind: 'channel',
                  id,
                  name: name ?? alertingMessages.deletedChannel,
                  problem: enabled ? null : common.disabled,
                }}
              />
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Who is notified. */
export function Destinations({
  explanation,
  title = messages.result,
}: {
  explanation: RouteExplanation;
  title?: string;
}) {
  return (
    <section aria-label={title}>
      <Heading>{title}</Heading>
      <ul className="grid grid-cols-1 gap-4 rounded-lg border border-line bg-paper p-4">
        {explanation.destinations.map((destination) => (
          <Destination key={`${destination.by} ${destination.route_id ?? ''}`} destination={destination} />
        ))}
      </ul>
    </section>
  );
}

/** What would keep a notification back; nothing where nothing would. */
export function Held({ explanation: { held } }: { explanation: RouteExplanation }) {
  const reasons = held.map(({ reason }) => describeReason(reason));
  const monitorName = useMonitorName([...new Set(reasons.flatMap(({ monitorId }) => monitorId ?? []))]);
  if (held.length === 0) return null;
  return (
    <section aria-label={messages.held}>
      <Heading>{messages.held}</Heading>
      <ul className="divide-y divide-line rounded-lg border border-degraded/40 bg-degraded/8">
        {held.map(({ by, until, reason, channel_id, channel_name }) => {
          const Icon = SUPPRESSION_ICONS[by];
          const described = describeReason(reason);
          const text = described.monitorId === undefined ? capitalise(described.text) : described.text;
          const facts = [
            channel_id === null ? messages.heldForAll : messages.heldFor(channel_name ?? messages.ownChannel),
            ...(until ? [messages.heldUntil(formatShortDateTime(until))] : []),
          ];
          return (
            <li key={`${by} ${channel_id} ${reason}`} className="flex gap-2.5 px-3.5 py-2.5">
              <Icon className="mt-0.5 size-4 shrink-0 text-degraded" aria-hidden />
              <div className="min-w-0 text-sm">
                <p className="break-words">
                  <ReasonText reason={{ ...described, text }} monitorName={monitorName} />
                </p>
                <p className="break-words text-ink-soft text-xs">{facts.join(' · ')}</p>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
