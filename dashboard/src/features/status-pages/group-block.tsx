import { useDroppable } from '@dnd-kit/core';
import { SortableContext, useSortable, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { Trash2 } from 'lucide-react';
import { useId } from 'react';
import type { FieldErrors } from 'react-hook-form';
import { IconButton } from '@/components/button';
import { DragHandle, styleOf } from '@/components/drag-handle';
import { Messages } from '@/components/field';
import { cx } from '@/lib/cx';
import { ComponentRow } from './component-row';
import { useList, useSame } from './list-context';
import { componentMessages as messages } from './messages';
import type { GroupForm } from './order';

/** Where the first component of a group without any is dropped. */
function EmptyGroup({ group }: { group: string }) {
  const { setNodeRef, isOver } = useDroppable({ id: `empty-${group}`, data: { type: 'empty', group } });
  return (
    <p ref={setNodeRef} className={cx('px-5 py-4 text-ink-soft text-sm', isOver && 'bg-sunken')}>
      {messages.emptyGroup}
    </p>
  );
}

interface Props {
  group: GroupForm;
  /** Which one it is. */
  at: number;
  errors: FieldErrors<GroupForm> | undefined;
}

export function GroupBlock({ group, at, errors }: Props) {
  const { key, name, is_open: isOpen, components } = group;
  const { handle, onGroup, onRemoveGroup } = useList();
  const sortable = useSortable({ id: key, data: { type: 'group' } });
  const keys = useSame(components.map((each) => each.key));
  const id = useId();
  const error = errors?.name?.message;
  const called = name || messages.unnamedGroup;
  return (
    <li
      ref={sortable.setNodeRef}
      style={styleOf(sortable)}
      className={cx('card overflow-hidden', handle.lifted === key && 'outline-2 outline-[var(--focus)]')}
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 border-line border-b bg-sunken/50 py-2 pr-3 pl-2">
        <DragHandle itemKey={key} name={called} sortable={sortable} {...handle} />
        <div className="min-w-0 flex-1">
          <input
            aria-label={messages.groupName}
            aria-invalid={error ? true : undefined}
            aria-describedby={error && `${id}-error`}
            placeholder={messages.noHeading}
            maxLength={100}
            autoComplete="off"
            value={name}
            onChange={({ target }) => onGroup(key, { name: target.value })}
            className={cx(
              'min-h-9 w-full rounded-lg border bg-transparent px-2 font-semibold text-base sm:text-sm placeholder:font-normal placeholder:text-ink-soft hover:border-line-strong/60 focus:bg-surface',
              error ? 'border-down' : 'border-transparent',
            )}
          />
        </div>
        {name.trim() !== '' && (
          <label className="flex min-h-9 items-center gap-2 text-ink-soft text-sm">
            <input
              type="checkbox"
              className="size-4 accent-ink"
              checked={!isOpen}
              onChange={({ target }) => onGroup(key, { is_open: !target.checked })}
            />
            {messages.collapsed}
          </label>
        )}
        <IconButton label={messages.removeGroup(called)} onClick={() => onRemoveGroup(key)}>
          <Trash2 className="size-4" aria-hidden />
        </IconButton>
        {error && (
          <div className="w-full pb-1 pl-11">
            <Messages id={id} label={messages.groupName} error={error} />
          </div>
        )}
      </div>
      {components.length === 0 ? (
        <EmptyGroup group={key} />
      ) : (
        <SortableContext items={keys} strategy={verticalListSortingStrategy}>
          <ul aria-label={messages.inGroup(called)} className="divide-y divide-line">
            {components.map((component, index) => (
              <ComponentRow
                key={component.key}
                component={component}
                group={at}
                errors={errors?.components?.[index]}
              />
            ))}
          </ul>
        </SortableContext>
      )}
    </li>
  );
}
