import { auditPage } from '@/api/audit-log';
import type { AuditFilter } from '@/api/keys';
import type { AuditEvent } from '@/api/models';
import { ApiError } from '@/api/problem';
import { toCsv } from '@/lib/csv';
import { pause } from '@/lib/reconnect';

const PER_PAGE = 200;
const MAX_WAITS = 5;
const DEFAULT_WAIT_SECONDS = 5;

/** All changes that match, page by page; waits where the server asks to. */
export async function collect(
  org: number,
  filter: AuditFilter,
  signal: AbortSignal,
  onProgress: (count: number) => void,
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  let waits = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    try {
      const page = await auditPage(org, filter, cursor, PER_PAGE, signal);
      events.push(...page.items);
      cursor = page.next_cursor;
      waits = 0;
      onProgress(events.length);
    } catch (error) {
      // The same page again.
      if (!(error instanceof ApiError && error.status === 429) || ++waits > MAX_WAITS) throw error;
      await pause((error.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS) * 1_000, signal);
    }
    signal.throwIfAborted();
  }
  return events;
}

const COLUMNS: Record<string, (event: AuditEvent) => unknown> = {
  id: ({ id }) => id,
  at: ({ at }) => at,
  actor_kind: ({ actor }) => actor.kind,
  actor_id: ({ actor }) => actor.id,
  actor_name: ({ actor }) => actor.name,
  action: ({ action }) => action,
  resource: ({ resource }) => resource,
  resource_id: (event) => event.resource_id,
  address: ({ address }) => address,
  request_id: (event) => event.request_id,
  before: ({ before }) => before,
  after: ({ after }) => after,
};

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export const eventsAsCsv = (events: readonly AuditEvent[]): string =>
  toCsv([
    Object.keys(COLUMNS),
    ...events.map((event) => Object.values(COLUMNS).map((read) => text(read(event)))),
  ]);

export const eventsAsJson = (events: readonly AuditEvent[]): string => `${JSON.stringify(events, null, 2)}\n`;
