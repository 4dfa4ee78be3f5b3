import {
  closestCenter,
  DndContext,
  type Modifier,
  PointerSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { SortableContext, useSortable, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { cx } from '@/lib/cx';
import { orderingMessages as messages } from '@/messages/ordering';
import { DragHandle, POINTER, SILENT, styleOf } from './drag-handle';
import { type Ordered, useLift } from './use-lift';

type Handle = Omit<ComponentProps<typeof DragHandle>, 'sortable'>;

/** What is dragged stays in the list, which would cut it off. */
const WITHIN_LIST: Modifier = ({ transform, draggingNodeRect: row, containerNodeRect: list }) => {
  if (!row || !list) return transform;
  const y = Math.min(Math.max(transform.y, list.top - row.top), list.bottom - row.bottom);
  return { ...transform, x: 0, y };
};

interface RowProps {
  handle: Handle;
  children: (handle: ReactNode) => ReactNode;
}

function Row({ handle, children }: RowProps) {
  const sortable = useSortable({ id: handle.itemKey });
  const isLifted = handle.lifted === handle.itemKey || sortable.isDragging;
  return (
    <li
      ref={sortable.setNodeRef}
      style={{ ...styleOf(sortable), opacity: undefined }}
      className={cx(
        'bg-surface',
        isLifted && '-outline-offset-2 relative z-10 outline-2 outline-[var(--focus)]',
        sortable.isDragging && 'shadow-lg',
      )}
    >
      {children(<DragHandle {...handle} sortable={sortable} />)}
    </li>
  );
}

interface Props<T> {
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  nameOf: (item: T) => string;
  /** In the new order, once something has its place. */
  onOrder: (items: T[]) => void;
  /** One row, around what moves it. */
  children: (item: T, at: number, handle: ReactNode) => ReactNode;
  /** Below the last one, at a fixed place. */
  last?: ReactNode;
}

function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const next = [...items];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

/** A list in an order that is changed by dragging, or with the keyboard. */
export function SortableList<T>({ label, items, keyOf, nameOf, onOrder, children, last }: Props<T>) {
  const instructions = useId();
  const [announcement, announce] = useState('');
  // While something is lifted: its places on the way are not saved.
  const [draft, setDraft] = useState<readonly T[] | null>(null);
  const shown = draft ?? items;
  const sensors = useSensors(useSensor(PointerSensor, POINTER));

  const indexOf = (list: readonly T[], key: string) => list.findIndex((item) => keyOf(item) === key);
  const ordered: Ordered<readonly T[]> = {
    nameOf(list, key) {
      const item = list[indexOf(list, key)];
      return item === undefined ? '' : nameOf(item);
    },
    describePlace: (list, key) => messages.place(indexOf(list, key) + 1, list.length),
    step(list, key, by) {
      const at = indexOf(list, key);
      return list[at + by] === undefined ? list : moved(list, at, at + by);
    },
  };

  function drop(before: readonly T[], after: readonly T[]) {
    setDraft(null);
    if (after.some((item, at) => before[at] === undefined || keyOf(item) !== keyOf(before[at]))) {
      onOrder([...after]);
    }
  }

  const { lifted, onKeyDown, onBlur } = useLift({
    list: shown,
    onMove: setDraft,
    announce,
    onDrop: (before) => drop(before, shown),
    ...ordered,
  });

  return (
    <>
      <p id={instructions} className="sr-only">
        {messages.instructions}
      </p>
      <p aria-live="assertive" className="sr-only">
        {announcement}
      </p>
      <DndContext
        sensors={sensors}
        modifiers={[WITHIN_LIST]}
        collisionDetection={closestCenter}
        accessibility={SILENT}
        onDragEnd={({ active, over }) => {
          const key = String(active.id);
          const [from, to] = [indexOf(shown, key), over ? indexOf(shown, String(over.id)) : -1];
          const next = to === -1 ? shown : moved(shown, from, to);
          drop(shown, next);
          announce(messages.dropped(ordered.nameOf(next, key), ordered.describePlace(next, key)));
        }}
      >
        <SortableContext items={shown.map(keyOf)} strategy={verticalListSortingStrategy}>
          <ol aria-label={label} className="card divide-y divide-line overflow-hidden">
            {shown.map((item, at) => {
              const itemKey = keyOf(item);
              const handle = { itemKey, name: nameOf(item), instructions, lifted, onKeyDown, onBlur };
              return (
                <Row key={itemKey} handle={handle}>
                  {(grip) => children(item, at, grip)}
                </Row>
              );
            })}
            {last}
          </ol>
        </SortableContext>
      </DndContext>
    </>
  );
}
