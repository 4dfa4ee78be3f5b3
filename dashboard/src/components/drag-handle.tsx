import type { useSortable } from '@dnd-kit/sortable';
import { GripVertical } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { cx } from '@/lib/cx';
import { orderingMessages } from '@/messages/ordering';
import { handleId } from './use-lift';

type Sortable = ReturnType<typeof useSortable>;

interface Props {
  itemKey: string;
  name: string;
  sortable: Pick<Sortable, 'listeners' | 'setActivatorNodeRef'>;
  /** The id of the text that says how to move with the keyboard. */
  instructions: string;
  /** What was lifted with the keyboard. */
  lifted: string | null;
  onKeyDown: (key: string, event: KeyboardEvent) => void;
  onBlur: (key: string) => void;
}

/** Moves a row: dragged with the pointer, or with the keyboard. */
export function DragHandle({ itemKey, name, sortable, instructions, lifted, onKeyDown, onBlur }: Props) {
  const isLifted = lifted === itemKey;
  return (
    <button
      ref={sortable.setActivatorNodeRef}
      type="button"
      id={handleId(itemKey)}
      aria-label={orderingMessages.move(name)}
      aria-describedby={instructions}
      aria-pressed={isLifted}
      className={cx(
        'inline-flex size-9 shrink-0 cursor-grab touch-none items-center justify-center rounded-lg',
        isLifted ? 'bg-ink text-paper' : 'text-ink-soft hover:bg-sunken hover:text-ink',
      )}
      {...sortable.listeners}
      onKeyDown={(event) => onKeyDown(itemKey, event)}
      onBlur={() => onBlur(itemKey)}
    >
      <GripVertical className="size-4" aria-hidden />
    </button>
  );
}

/** How a row is shown while something is dragged. */
export function styleOf({
  transform,
  transition,
  isDragging,
}: Pick<Sortable, 'transform' | 'transition' | 'isDragging'>) {
  return {
    transform: transform ? `translate3d(0, ${Math.round(transform.y)}px, 0)` : undefined,
    transition,
    // Its place, while it is shown under the pointer.
    opacity: isDragging ? 0.35 : undefined,
  };
}

/** A click is not a drag. */
export const POINTER = { activationConstraint: { distance: 4 } };

/** Places are announced by the list, for the keyboard as for the pointer. */
export const SILENT = {
  announcements: {
    onDragStart: () => undefined,
    onDragOver: () => undefined,
    onDragEnd: () => undefined,
    onDragCancel: () => undefined,
  },
  screenReaderInstructions: { draggable: '' },
};
