import { ChevronRight } from 'lucide-react';
import type { State } from '@/api/models';
import { NotKnownIcon } from '@/components/as-of/notes';
import { STATE_STYLES, StateIcon } from '@/components/state';
import { type TagColours, TagDot } from '@/components/tags';
import { cx } from '@/lib/cx';
import type { Group } from '../groups';
import { groupMessages as messages } from '../messages';
import { SHOWN_FROM } from './columns';
import { COLUMNS } from './order';

/** Beside the state and the name. */
const REST = COLUMNS.slice(2);

interface SelectProps {
  group: Group;
  selected: ReadonlySet<number>;
  onSelect: (ids: readonly number[], selected: boolean) => void;
}

function SelectGroup({ group, selected, onSelect }: SelectProps) {
  const ids = group.monitors.map(({ id }) => id);
  const count = ids.filter((id) => selected.has(id)).length;
  return (
    <label className="-m-2 flex w-fit p-2">
      <input
        type="checkbox"
        aria-label={messages.selectGroup(group.tag)}
        className="size-4.5 accent-ink"
        ref={(input) => {
          if (input) input.indeterminate = count > 0 && count < ids.length;
        }}
        checked={count === ids.length}
        onChange={({ target }) => onSelect(ids, target.checked)}
      />
    </label>
  );
}

interface Props {
  group: Group;
  rowKey: string;
  index: number;
  isOpen: boolean;
  isCompact: boolean;
  colours: TagColours;
  selected: ReadonlySet<number> | null;
  onSelect: SelectProps['onSelect'];
  onToggle: () => void;
}

function WorstIcon({ state }: { state: State | null }) {
  const size = 'size-4.5 shrink-0';
  return state === null ? <NotKnownIcon className={size} /> : <StateIcon state={state} className={size} />;
}

/** The heading of the monitors with a tag. */
export function GroupRow(props: Props) {
  const { group, rowKey, index, isOpen, isCompact, colours, selected, onSelect, onToggle } = props;
  const height = isCompact ? 'h-8' : 'h-11';
  return (
    <tr data-row={rowKey} aria-rowindex={index}>
      {selected && (
        <td className={cx('border-line border-b bg-sunken/60 py-0 pr-2.5 pl-3.5', height)}>
          <SelectGroup group={group} selected={selected} onSelect={onSelect} />
        </td>
      )}
      <th
        scope="rowgroup"
        colSpan={2}
        className={cx('overflow-hidden border-line border-b bg-sunken/60 px-2.5 py-0 font-normal', height)}
      >
        <button
          type="button"
          data-focus
          aria-expanded={isOpen}
          onClick={onToggle}
          className={cx(
            '-outline-offset-2 flex w-full scroll-mt-24 items-center gap-x-3 text-left text-sm',
            // Without the line below it.
            isCompact ? 'h-7.75' : 'h-10.75',
          )}
        >
          <ChevronRight
            className={cx('size-4 shrink-0 text-ink-soft transition-transform', isOpen && 'rotate-90')}
            aria-hidden
          />
          <WorstIcon state={group.worst} />
          <span className="flex min-w-0 items-center gap-2 font-semibold">
            {group.tag !== '' && <TagDot colour={colours.get(group.tag) ?? 'grey'} />}
            <span className="truncate">{messages.nameOf(group.tag)}</span>
          </span>
          <span className="flex min-w-0 gap-x-2.5 truncate font-medium text-xs">
            {group.counts.map(([state, count]) => (
              <span key={state} className={STATE_STYLES[state].text}>
                {messages.inState(count, state)}
              </span>
            ))}
          </span>
        </button>
      </th>
      {/* Not a part of it: where a column is hidden, it would span one that is not there. */}
      {REST.map((column) => (
        <td key={column} className={cx('border-line border-b bg-sunken/60 p-0', SHOWN_FROM[column])} />
      ))}
    </tr>
  );
}
