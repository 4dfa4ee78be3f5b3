/** Mock search: monitors, incidents, notes, channels and status pages, by the beginnings of words. */
import type { SearchGroup, SearchKind, SearchResult } from '../src/api/models';
import { hasWords, wordsOf } from '../src/lib/words';
import * as data from './mock-data';
import { fail, on } from './mock-routes';
import { pages } from './mock-status-pages';

const MAX_WORDS = 10;

interface Known {
  kind: SearchKind;
  result: SearchResult;
  /** What is looked at beside title and detail. */
  more?: string;
}

const result = (id: number | string, title: string, more: Partial<SearchResult> = {}): SearchResult => ({
  id: String(id),
  parent_id: null,
  title,
  detail: null,
  at: null,
  open: null,
  ...more,
});

function everything(): Known[] {
  const monitors = [...data.monitors.values()].map((monitor): Known => {
    const [address] = (monitor.url ?? '').split('?');
    const detail = address || null;
    return {
      kind: 'monitor',
      result: result(monitor.id, monitor.name, { detail }),
      more: monitor.tags.join(' '),
    };
  });
  const incidents = data.incidents.map((incident): Known => {
    const detail = incident.last_error ?? incident.first_error ?? incident.error_code;
    const { id, monitor_name: name, started_at: at, resolved_at: end } = incident;
    return { kind: 'incident', result: result(id, name ?? '', { detail, at, open: end === null }) };
  });
  const notes = data.incidents.flatMap(({ id, monitor_name: name, notes }) =>
    (notes ?? []).map(
      ({ at, text }, n): Known => ({
        kind: 'note',
        result: result(`${id}-${n}`, name ?? '', { parent_id: id, detail: text, at }),
      }),
    ),
  );
  const channels = [...data.channels.values()].map(
    ({ id, name, kind }): Known => ({ kind: 'channel', result: result(id, name, { detail: kind }) }),
  );
  const statusPages = [...pages.values()].map(
    ({ id, title, slug }): Known => ({ kind: 'status_page', result: result(id, title, { detail: slug }) }),
  );
  return [...monitors, ...incidents, ...notes, ...channels, ...statusPages];
}

on('get', '/search', ({ query: { q = '', limit = '5', kinds } }) => {
  if (q.trim().split(/\s+/).length > MAX_WORDS) fail(400, `q must have at most ${MAX_WORDS} words`);
  const words = wordsOf(q);
  const groups = new Map<SearchKind, SearchGroup>();
  if (words.length === 0) return { groups: [] };
  for (const { kind, result: found, more = '' } of everything()) {
    if (kinds !== undefined && !kinds.split(',').includes(kind)) continue;
    if (!hasWords(`${found.title} ${found.detail ?? ''} ${more}`, words)) continue;
    const group = groups.get(kind) ?? { kind, items: [], more: false };
    groups.set(kind, group);
    if (group.items.length < Number(limit)) group.items.push(found);
    else group.more = true;
  }
  return { groups: [...groups.values()] };
});
