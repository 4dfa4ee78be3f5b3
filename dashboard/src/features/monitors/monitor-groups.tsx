import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useEffect, useId, useMemo } from 'react';
import type { State } from '@/api/models';
import { tagsQuery } from '@/api/tags';
import { NotKnownIcon } from '@/components/as-of/notes';
import { Button } from '@/components/button';
import { STATE_STYLES, StateIcon } from '@/components/state';
import { TagDot, useTagColours } from '@/components/tags';
import { cx } from '@/lib/cx';
import { PAGE_TITLES } from '@/messages/terms';
import { type Group, groupByTag } from './groups';
import { groupMessages as messages } from './messages';
import { type Props as ListProps, moveByArrows, useBatches } from './monitor-list';
import { MonitorRows } from './monitor-row';

/** Nothing while there are no tags. */
export function GroupToggle({ on, onToggle }: { on: boolean; onToggle: (on: boolean) => void }) {
  const { data = [] } = useQuery(tagsQuery);
  if (data.length === 0 && !on) return null;
  return (
    <Button
      className="min-h-10 aria-pressed:border-ink aria-pressed:bg-sunken"
      aria-pressed={on}
      onClick={() => onToggle(!on)}
    >
      {messages.groupByTag}
    </Button>
  );
}

function WorstIcon({ state }: { state: State | null }) {
  const size = 'size-4.5 shrink-0';
  return state === null ? <NotKnownIcon className={size} /> : <StateIcon state={state} className={size} />;
}

interface SelectProps {
  group: Group;
  selected: ReadonlySet<number>;
  onSelect: ListProps['onSelect'];
}

function SelectGroup({ group, selected, onSelect }: SelectProps) {
  const ids = group.monitors.map(({ id }) => id);
  const count = ids.filter((id) => selected.has(id)).length;
  return (
    <label className="-m-2.5 flex p-2.5">
      <input
        type="checkbox"
        aria-label={messages.selectGroup(group.tag)}
        className="size-5 accent-ink"
        ref={(input) => {
          if (input) input.indeterminate = count > 0 && count < ids.length;
        }}
        checked={count === ids.length}
        onChange={({ target }) => onSelect(ids, target.checked)}
      />
    </label>
  );
}

interface Props extends ListProps {
  /** The tags of the groups that are collapsed. */
  closed: readonly string[];
  onClosed: (tags: string[]) => void;
}

/** The monitors by tag, in groups that can be collapsed. */
export function MonitorGroups(props: Props) {
  const { monitors, selected, onSelect, isFetchingMore, fetchMore, closed, onClosed } = props;
  const id = useId();
  const colours = useTagColours();
  const groups = useMemo(() => groupByTag(monitors), [monitors]);
  const isOpen = ({ tag }: Group) => !closed.includes(tag);
  const open = groups.filter(isOpen);
  const total = open.reduce((sum, group) => sum + group.monitors.length, 0);
  const { rendered, end } = useBatches({ total, isFetchingMore, fetchMore: null });
  // Counts are of all monitors, so all are loaded.
  useEffect(() => {
    if (!isFetchingMore) fetchMore?.();
  }, [isFetchingMore, fetchMore]);

  function toggle({ tag }: Group) {
    onClosed(closed.includes(tag) ? closed.filter((other) => other !== tag) : [...closed, tag]);
  }

  let left = rendered;
  const shown: { group: Group; rows: Group['monitors'] }[] = [];
  for (const group of groups) {
    if (left <= 0 && isOpen(group)) break;
    const rows = isOpen(group) ? group.monitors.slice(0, left) : [];
    left -= rows.length;
    shown.push({ group, rows });
  }

  return (
    <>
      <div className="mb-2 flex justify-end">
        <Button variant="ghost" onClick={() => onClosed(open.length > 0 ? groups.map(({ tag }) => tag) : [])}>
          {open.length > 0 ? messages.collapseAll : messages.expandAll}
        </Button>
      </div>
      <ul aria-label={PAGE_TITLES.monitors} className="grid gap-3" onKeyDown={moveByArrows}>
        {shown.map(({ group, rows }, index) => (
          <li key={group.tag} className="card overflow-hidden">
            <div className={cx('flex items-center gap-3.5 px-4', isOpen(group) && 'border-line border-b')}>
              {selected && <SelectGroup group={group} selected={selected} onSelect={onSelect} />}
              <h2 className="min-w-0 flex-1">
                <button
                  type="button"
                  aria-expanded={isOpen(group)}
                  aria-controls={`${id}-${index}`}
                  onClick={() => toggle(group)}
                  className="flex min-h-12 w-full flex-wrap items-center gap-x-3 gap-y-1 py-2.5 text-left text-sm"
                >
                  <ChevronRight
                    className={cx(
                      'size-4 shrink-0 text-ink-soft transition-transform',
                      isOpen(group) && 'rotate-90',
                    )}
                    aria-hidden
                  />
                  <WorstIcon state={group.worst} />
                  <span className="flex min-w-0 flex-1 items-center gap-2 font-semibold">
                    {group.tag !== '' && <TagDot colour={colours.get(group.tag) ?? 'grey'} />}
                    <span className="truncate">{messages.nameOf(group.tag)}</span>
                  </span>
                  <span className="flex flex-wrap gap-x-2.5 font-medium text-xs max-sm:w-full max-sm:pl-14">
                    {group.counts.map(([state, count]) => (
                      <span key={state} className={STATE_STYLES[state].text}>
                        {messages.inState(count, state)}
                      </span>
                    ))}
                  </span>
                </button>
              </h2>
            </div>
            <ul
              id={`${id}-${index}`}
              aria-label={messages.nameOf(group.tag)}
              hidden={!isOpen(group)}
              className="divide-y divide-line"
            >
              <MonitorRows monitors={rows} colours={colours} selected={selected} onSelect={onSelect} />
            </ul>
          </li>
        ))}
      </ul>
      {end}
    </>
  );
}
