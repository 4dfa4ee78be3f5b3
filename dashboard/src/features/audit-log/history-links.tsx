import { Link } from '@tanstack/react-router';
import type { AuditEvent } from '@/api/models';
import { ITEM_LINKS, type ItemKind } from '@/components/versions/item-links';
import { versionMessages } from '@/messages/versions';
import { auditMessages as messages } from './messages';
import { type KnownNames, knownAs, restoredVersion } from './resource';

/** What has versions beside monitors, by what the audit log calls it. */
const KINDS: ReadonlyMap<string, ItemKind> = new Map([
  ['maintenance_window', 'maintenance-windows'],
  ['alert_route', 'alert-routes'],
  ['escalation_policy', 'escalation-policies'],
  ['on_call_schedule', 'on-call-schedules'],
]);

interface LinksProps {
  id: number;
  /** The one that was restored; null where none was. */
  version: number | null;
  className: string;
}

function MonitorLinks({ id, version, className }: LinksProps) {
  return (
    <>
      <Link to="/monitors/$monitorId/history" params={{ monitorId: id }} className={className}>
        {messages.history}
      </Link>
      {version !== null && (
        <Link
          to="/monitors/$monitorId/history/$version"
          params={{ monitorId: id, version }}
          className={className}
        >
          {messages.version(version)}
        </Link>
      )}
    </>
  );
}

function ItemLinks({ kind, id, version, className }: LinksProps & { kind: ItemKind }) {
  const { HistoryLink, VersionLink } = ITEM_LINKS[kind];
  return (
    <>
      <HistoryLink id={id} className={className}>
        {versionMessages.title}
      </HistoryLink>
      {version !== null && (
        <VersionLink id={id} version={version} className={className}>
          {messages.version(version)}
        </VersionLink>
      )}
    </>
  );
}

interface Props {
  event: AuditEvent;
  known: KnownNames;
  className: string;
}

/** To what something was before and after a change, if that is kept; it goes with what it is of. */
export function HistoryLinks({ event, known, className }: Props) {
  const { resource, resource_id: id, after } = event;
  if (id === null) return null;
  const props = { id: Number(id), version: restoredVersion(event), className };
  const kind = KINDS.get(resource);
  const isMonitor = resource === 'monitor' && known.has(knownAs('monitor', id));
  if (!isMonitor && !(kind && after)) return null;
  return (
    <p className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs">
      {kind ? <ItemLinks kind={kind} {...props} /> : <MonitorLinks {...props} />}
    </p>
  );
}
