import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Monitor } from '@/api/models';
import { monitorMatchesQuery, nameOf, stateOf } from '@/api/monitors';
import { Badge } from '@/components/badge';
import { Button } from '@/components/button';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { Loading, QueryView } from '@/components/query';
import { SearchBox } from '@/components/search-box';
import { ShowMore } from '@/components/show-more';
import { StateIcon } from '@/components/state';
import { TagFilter } from '@/components/tags';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { pickerMessages as messages } from './messages';

interface Props {
  /** The monitors that are on the page. */
  taken: ReadonlySet<number>;
  /** How many there is room for. */
  room: number;
  onAdd: (monitors: Monitor[]) => void;
  onClose: () => void;
}

/** Chooses monitors, many at once, by name, address or tag. */
export function MonitorPicker({ taken, room, onAdd, onClose }: Props) {
  const [q, setQ] = useState('');
  const [tag, setTag] = useState('');
  const [selected, setSelected] = useState<ReadonlyMap<number, Monitor>>(new Map());
  const query = useInfiniteQuery({ ...monitorMatchesQuery(q, tag), placeholderData: keepPreviousData });
  const matches = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const selectable = matches.filter(({ id }) => !taken.has(id));
  const isAll = selectable.length > 0 && selectable.every(({ id }) => selected.has(id));
  const isFull = selected.size >= room;

  function toggle(monitors: Monitor[], isSelected: boolean) {
    const next = new Map(selected);
    for (const monitor of monitors) {
      if (!isSelected) next.delete(monitor.id);
      else if (next.size < room) next.set(monitor.id, monitor);
    }
    setSelected(next);
  }

  return (
    <FormDialog title={messages.title} onClose={onClose}>
      <div className="grid gap-4">
        <div className="flex flex-wrap gap-2">
          <SearchBox value={q} onChange={setQ} />
          <TagFilter value={tag} onChange={setTag} />
        </div>
        <fieldset className="min-w-0">
          <legend className="sr-only">{PAGE_TITLES.monitors}</legend>
          {selectable.length > 1 && (
            <label className="mb-1 flex min-h-9 items-center gap-2.5 px-3.5 font-medium text-sm">
              <input
                type="checkbox"
                className="size-4 shrink-0 accent-ink"
                checked={isAll}
                onChange={({ target }) => toggle(selectable, target.checked)}
              />
              {messages.selectAll(selectable.length)}
            </label>
          )}
          <div className="max-h-[42vh] overflow-y-auto rounded-lg border border-line-strong/60 p-1.5">
            <QueryView query={query} loading={<Loading rows={4} className="h-9" />}>
              {() => (
                <>
                  {matches.map((monitor) => (
                    <label
                      key={monitor.id}
                      className="flex min-h-9 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-sunken has-disabled:text-ink-soft"
                    >
                      <input
                        type="checkbox"
                        className="size-4 shrink-0 accent-ink"
                        checked={selected.has(monitor.id) || taken.has(monitor.id)}
                        disabled={taken.has(monitor.id) || (isFull && !selected.has(monitor.id))}
                        onChange={({ target }) => toggle([monitor], target.checked)}
                      />
                      <StateIcon state={stateOf(monitor)} className="size-4 shrink-0" />
                      <span className="min-w-0 flex-1 truncate">{nameOf(monitor)}</span>
                      {taken.has(monitor.id) && <Badge>{messages.onPage}</Badge>}
                    </label>
                  ))}
                  {matches.length === 0 && (
                    <p className="px-2 py-1.5 text-ink-soft text-sm">{common.noMatches}</p>
                  )}
                  <ShowMore query={query} shown={matches.length} />
                </>
              )}
            </QueryView>
          </div>
          {isFull && (
            <p role="status" className="mt-2 text-ink-soft text-xs">
              {room === 0 ? messages.full : messages.room(room)}
            </p>
          )}
        </fieldset>
        <FormActions>
          <CancelButton />
          <Button
            variant="primary"
            disabled={selected.size === 0}
            onClick={() => {
              onAdd([...selected.values()]);
              onClose();
            }}
          >
            {messages.shown(selected.size)}
          </Button>
        </FormActions>
      </div>
    </FormDialog>
  );
}
