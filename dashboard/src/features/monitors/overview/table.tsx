import { ArrowDown, ArrowUp, ChevronsDownUp, ChevronsUpDown } from 'lucide-react';
import {
  type FocusEvent,
  type KeyboardEvent,
  useContext,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Monitor } from '@/api/models';
import { type Coverage, covers } from '@/api/occurrence';
import { useTagColours } from '@/components/tags';
import { cx } from '@/lib/cx';
import { StoppedClock } from '@/lib/now';
import { useCalm } from '@/lib/use-calm';
import { useRowsInView } from '@/lib/use-rows-in-view';
import { segmentsOf } from '@/lib/virtual';
import { PAGE_TITLES } from '@/messages/terms';
import { groupMessages } from '../messages';
import { useCheckTooltip } from './check-tooltip';
import { IS_NUMBER, SHOWN_FROM, WIDTHS } from './columns';
import { type Density, rowHeightOf } from './density';
import { type Entry, entriesOf } from './entries';
import { GroupRow } from './group-row';
import { COLUMN_LABELS, tableMessages as messages } from './messages';
import { COLUMNS, type Column, formatOrder, nextOrder, type Order, sortMonitors } from './order';
import { MonitorRow } from './row';

/** Rows keep their places for so long: nobody clicks what moves. */
const CALM_MS = 1_000;

interface HeadingProps {
  order: Order;
  onOrder: (order: Order) => void;
  isSelecting: boolean;
  /** Collapses all groups, or expands them; null where there are none. */
  toggleAll: { isOpen: boolean; run: () => void } | null;
}

function ToggleAll({ isOpen, run }: { isOpen: boolean; run: () => void }) {
  const Icon = isOpen ? ChevronsDownUp : ChevronsUpDown;
  const label = isOpen ? groupMessages.collapseAll : groupMessages.expandAll;
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={run}
      className="ml-2 inline-flex size-6 items-center justify-center rounded-md align-top hover:bg-sunken hover:text-ink"
    >
      <Icon className="size-3.5" aria-hidden />
    </button>
  );
}

function Headings({ order, onOrder, isSelecting, toggleAll }: HeadingProps) {
  const cell = cx(
    'sticky z-10 h-7 border-line border-b bg-surface px-2.5 py-0 font-medium text-ink-soft text-xs first:pl-3.5 last:pr-3.5',
    // Below the bar of what can be done with those that are selected.
    isSelecting ? 'top-0 sm:top-18' : 'top-0',
  );
  const Arrow = order.isDescending ? ArrowDown : ArrowUp;
  const heading = (column: Column) => {
    const isSorted = order.by === column;
    return (
      <th
        key={column}
        scope="col"
        aria-sort={isSorted ? (order.isDescending ? 'descending' : 'ascending') : undefined}
        className={cx(
          cell,
          WIDTHS[column],
          SHOWN_FROM[column],
          IS_NUMBER[column] ? 'text-right' : 'text-left',
        )}
      >
        <button
          type="button"
          onClick={() => onOrder(nextOrder(order, column))}
          className={cx(
            'inline-flex h-6 max-w-full items-center gap-1 whitespace-nowrap hover:text-ink',
            isSorted && 'text-ink',
            IS_NUMBER[column] && 'flex-row-reverse',
          )}
        >
          <span className="truncate">{COLUMN_LABELS[column]}</span>
          {/* Its room is there always, so that headings do not jump. */}
          <Arrow className={cx('size-3 shrink-0', !isSorted && 'invisible')} aria-hidden />
        </button>
        {column === 'name' && toggleAll && <ToggleAll {...toggleAll} />}
      </th>
    );
  };
  return (
    <thead>
      <tr aria-rowindex={1}>
        {isSelecting && (
          <th scope="col" className={cx(cell, 'w-10')}>
            <span className="sr-only">{messages.selection}</span>
          </th>
        )}
        {COLUMNS.map(heading)}
      </tr>
    </thead>
  );
}

interface Props {
  monitors: readonly Monitor[];
  /** What they were chosen by: other ones are in their places at once. */
  listKey: string;
  order: Order;
  onOrder: (order: Order) => void;
  /** The tags of the groups that are collapsed; null where monitors are not grouped. */
  closed: readonly string[] | null;
  onClosed: (tags: string[]) => void;
  density: Density;
  /** Null where it is not known. */
  maintenance: Coverage | null;
  /** Null while monitors are not being selected. */
  selected: ReadonlySet<number> | null;
  /** Must stay the same from one rendering to the next. */
  onSelect: (ids: readonly number[], selected: boolean) => void;
}

/** All monitors in rows of one height, of which those in sight are rendered. */
export function MonitorTable(props: Props) {
  const { monitors, listKey, order, onOrder, closed, onClosed, density, maintenance, selected, onSelect } =
    props;
  const colours = useTagColours();
  const body = useRef<HTMLTableSectionElement>(null);
  /** The row that has the focus, which is rendered wherever it is. */
  const [focused, setFocused] = useState<string | null>(null);
  /** The row that gets it. */
  const [wanted, setWanted] = useState<string | null>(null);

  const { by, isDescending } = order;
  const stopped = useContext(StoppedClock);
  const calm = useCalm(monitors, `${listKey} ${monitors.length} ${formatOrder(order)}`, CALM_MS);
  const sorted = useMemo(
    () => sortMonitors(calm, { by, isDescending }, stopped ?? Date.now()),
    [calm, by, isDescending, stopped],
  );
  const entries = useMemo(() => entriesOf(sorted, closed), [sorted, closed]);
  // Rows are where they were a moment ago, but say what is so now.
  const byId = useMemo(() => new Map(monitors.map((monitor) => [monitor.id, monitor])), [monitors]);
  const { tooltip, onPointerMove, step, hide } = useCheckTooltip(byId);

  const rowHeight = useMemo(() => rowHeightOf(density), [density]);
  const span = useRowsInView(body, entries.length, rowHeight);
  const keptKey = wanted ?? focused;
  const kept = keptKey === null ? -1 : entries.findIndex(({ key }) => key === keptKey);

  useLayoutEffect(() => {
    if (wanted === null) return;
    const rows = [...(body.current?.rows ?? [])];
    rows
      .find((row) => row.dataset.row === wanted)
      ?.querySelector<HTMLElement>('[data-focus]')
      ?.focus();
    setWanted(null);
  }, [wanted]);

  function onFocus({ target }: FocusEvent<HTMLElement>) {
    setFocused(target.closest('tr')?.dataset.row ?? null);
  }

  function onBlur({ currentTarget, relatedTarget }: FocusEvent<HTMLElement>) {
    hide();
    if (!currentTarget.contains(relatedTarget)) setFocused(null);
  }

  /** The arrow keys move from row to row, and from check to check. */
  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('tr[data-row]');
    if (!row || !target.matches('[data-focus]')) return;
    if (event.key === 'Escape') hide();
    const check = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (check === 1 || check === -1) {
      event.preventDefault();
      step(row, check);
      return;
    }
    const at = entries.findIndex(({ key }) => key === row.dataset.row);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setWanted(entries[next]?.key ?? null);
  }

  function toggle(tag: string) {
    const now = closed ?? [];
    onClosed(now.includes(tag) ? now.filter((other) => other !== tag) : [...now, tag]);
  }

  const groups = useMemo(() => entries.filter((entry) => 'group' in entry), [entries]);
  const isAnyOpen = groups.some(({ isOpen }) => isOpen);
  const toggleAll = {
    isOpen: isAnyOpen,
    run: () => onClosed(isAnyOpen ? groups.map(({ group }) => group.tag) : []),
  };

  const isCompact = density === 'compact';
  function row(entry: Entry, at: number) {
    // The first is the row of headings.
    const shared = { rowKey: entry.key, index: at + 2, colours, isCompact, onSelect };
    if ('group' in entry) {
      const { group, isOpen } = entry;
      const onToggle = () => toggle(group.tag);
      return <GroupRow key={entry.key} {...shared} {...{ group, isOpen, selected, onToggle }} />;
    }
    const monitor = byId.get(entry.monitor.id) ?? entry.monitor;
    return (
      <MonitorRow
        key={entry.key}
        {...shared}
        monitor={monitor}
        isInMaintenance={maintenance !== null && covers(maintenance, monitor)}
        selected={selected === null ? null : selected.has(monitor.id)}
      />
    );
  }

  return (
    // Clipped at its corners, but no container that scrolls: the headings stay in sight of the page.
    <div className="card overflow-clip">
      <table
        aria-label={PAGE_TITLES.monitors}
        aria-rowcount={entries.length + 1}
        className="w-full table-fixed border-separate border-spacing-0 text-sm"
      >
        <Headings
          order={order}
          onOrder={onOrder}
          isSelecting={selected !== null}
          toggleAll={closed === null ? null : toggleAll}
        />
        <tbody
          ref={body}
          onKeyDown={onKeyDown}
          onFocus={onFocus}
          onBlur={onBlur}
          onPointerMove={onPointerMove}
          onPointerLeave={hide}
        >
          {segmentsOf(span, kept === -1 ? null : kept, entries.length).map((segment, index) => {
            if ('gap' in segment) {
              return (
                // biome-ignore lint/suspicious/noArrayIndexKey: gaps have nothing of their own
                <tr key={`gap ${index}`} aria-hidden style={{ height: segment.gap * rowHeight }}>
                  <td className="p-0" />
                </tr>
              );
            }
            const entry = entries[segment.row];
            return entry && row(entry, segment.row);
          })}
        </tbody>
      </table>
      {tooltip}
    </div>
  );
}
