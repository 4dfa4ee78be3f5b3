import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AuditEvent } from '@/api/models';
import { formatDateTime, formatShortDateTime } from '@/lib/format';
import { requestErrors } from '@/messages/common';
import { diff, type FieldChange } from './diff';
import { HistoryLinks } from './history-links';
import {
  actionOf,
  actorName,
  describeAction,
  describeNameless,
  isAboutActor,
  auditMessages as messages,
} from './messages';
import { type KnownNames, knownAs, resourceName } from './resource';

interface Props {
  event: AuditEvent;
  known: KnownNames;
}

const LINK = 'font-medium underline decoration-line-strong underline-offset-4 hover:decoration-ink';

/** The name of the resource, as a link if it is there and has a page. */
function Resource({ event, known, name }: Props & { name: string }) {
  const { resource, resource_id: id, after } = event;
  const monitorId = Number(id);
  switch (resource) {
    case 'monitor':
    case 'ping_addresses':
      return known.has(knownAs('monitor', monitorId)) ? (
        <Link to="/monitors/$monitorId" params={{ monitorId }} className={LINK}>
          {name}
        </Link>
      ) : (
        <span className="font-medium">{name}</span>
      );
    case 'incident':
      return id ? (
        <Link to="/incidents/$incidentId" params={{ incidentId: id }} className={LINK}>
          {name}
        </Link>
      ) : (
        name
      );
    case 'channel':
      return <MaybeLink to={after ? '/notifications' : null}>{name}</MaybeLink>;
    case 'alert_route':
      return <MaybeLink to={after ? '/notifications/routes' : null}>{name}</MaybeLink>;
    case 'escalation_policy':
      return <MaybeLink to={after ? '/notifications/escalation-policies' : null}>{name}</MaybeLink>;
    case 'on_call_schedule':
      return <MaybeLink to={after ? '/on-call' : null}>{name}</MaybeLink>;
    case 'team':
      return <MaybeLink to={after ? '/on-call/teams' : null}>{name}</MaybeLink>;
    case 'maintenance_window':
      return <MaybeLink to={after ? '/maintenance' : null}>{name}</MaybeLink>;
    case 'silence':
      return <MaybeLink to={after ? '/notifications/silences' : null}>{name}</MaybeLink>;
    case 'api_key':
      return <MaybeLink to={after ? '/api-keys' : null}>{name}</MaybeLink>;
    case 'member':
    case 'invitation':
    case 'organisation':
      return <MaybeLink to={after ? '/organisation' : null}>{name}</MaybeLink>;
    default:
      return <span className="font-medium">{name}</span>;
  }
}

function MaybeLink({
  to,
  children,
}: {
  to:
    | '/notifications'
    | '/notifications/routes'
    | '/notifications/escalation-policies'
    | '/notifications/silences'
    | '/on-call'
    | '/on-call/teams'
    | '/maintenance'
    | '/api-keys'
    | '/organisation'
    | null;
  children: ReactNode;
}) {
  if (to === null) return <span className="font-medium">{children}</span>;
  return (
    <Link to={to} className={LINK}>
      {children}
    </Link>
  );
}

function Value({ value, was }: { value: string | null; was: boolean }) {
  if (value === null) return <span className="text-ink-soft">{messages.unset}</span>;
  return was ? (
    <del className="text-ink-soft no-underline">{value}</del>
  ) : (
    <ins className="no-underline">{value}</ins>
  );
}

function Changes({
  changes,
  title,
  label,
  requestId,
  links,
}: {
  changes: FieldChange[];
  title: string;
  label: string;
  requestId: string | null;
  links: ReactNode;
}) {
  return (
    <details className="group mt-2">
      <summary className="inline-flex min-h-6 list-none items-center gap-1 text-ink-soft text-xs hover:text-ink">
        <ChevronRight className="size-3.5 transition-transform group-open:rotate-90" aria-hidden />
        {title}
      </summary>
      <table className="mt-2 w-full table-fixed text-left text-xs" aria-label={label}>
        <thead className="text-ink-soft">
          <tr>
            <th className="w-1/4 py-1 pr-3 font-medium">{messages.field}</th>
            <th className="py-1 pr-3 font-medium">{messages.before}</th>
            <th className="py-1 font-medium">{messages.after}</th>
          </tr>
        </thead>
        <tbody className="break-words align-top font-mono">
          {changes.map(({ field, before, after }) => (
            <tr key={field} className="border-line border-t">
              <td className="py-1.5 pr-3">{field}</td>
              <td className="py-1.5 pr-3">
                <Value value={before} was />
              </td>
              <td className="py-1.5">
                <Value value={after} was={false} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {links}
      {requestId && (
        <p className="mt-2 break-all text-ink-soft text-xs">{requestErrors.requestId(requestId)}</p>
      )}
    </details>
  );
}

export function EventRow({ event, known }: Props) {
  const changes = diff(event.before, event.after);
  const title =
    event.before && event.after ? messages.changed(changes.length) : messages.fields(changes.length);
  const action = actionOf(event);
  const { resource_id: id } = event;
  const called = resourceName(event, known);
  const nameless = called === null ? describeNameless(action, event.resource) : null;
  const name = nameless !== null || isAboutActor(action) ? '' : (called ?? (id === null ? '' : `#${id}`));
  const what = nameless ?? describeAction(action);
  const sentence = [actorName(event.actor), what, name].filter(Boolean).join(' ');
  return (
    <li className="px-5 py-3.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-5 gap-y-0.5">
        <p className="min-w-0 break-words text-sm">
          <span className="font-medium">{actorName(event.actor)}</span>{' '}
          {nameless && event.resource === 'incident' && id ? (
            <Link to="/incidents/$incidentId" params={{ incidentId: id }} className={LINK}>
              {what}
            </Link>
          ) : (
            what
          )}{' '}
          {name && <Resource event={event} known={known} name={name} />}
        </p>
        <p className="shrink-0 text-ink-soft text-xs">
          <time dateTime={event.at} title={formatDateTime(event.at)}>
            {formatShortDateTime(event.at)}
          </time>
          {event.address && ` · ${event.address}`}
        </p>
      </div>
      {changes.length > 0 && (
        <Changes
          changes={changes}
          title={title}
          label={messages.changesOf(sentence)}
          requestId={event.request_id}
          links={<HistoryLinks event={event} known={known} className={LINK} />}
        />
      )}
    </li>
  );
}
