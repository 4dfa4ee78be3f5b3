import type { useSortable } from '@dnd-kit/sortable';
import { GripVertical } from 'lucide-react';
import { cx } from '@/lib/cx';
import { useList } from './list-context';
import { componentMessages as messages } from './messages';
import { handleId } from './use-lift';

interface Props {
  itemKey: string;
  name: string;
  sortable: Pick<ReturnType<typeof useSortable>, 'listeners' | 'setActivatorNodeRef'>;
}

/** Moves a row: dragged with the pointer, or with the keyboard. */
export function DragHandle({ itemKey, name, sortable: { listeners, setActivatorNodeRef } }: Props) {
  const { instructions, lifted, onKeyDown, onBlur } = useList();
  const isLifted = lifted === itemKey;
  return (
    <button
      ref={setActivatorNodeRef}
      type="button"
      id={handleId(itemKey)}
      aria-label={messages.move(name)}
      aria-describedby={instructions}
      aria-pressed={isLifted}
      className={cx(
        'inline-flex size-9 shrink-0 cursor-grab touch-none items-center justify-center rounded-lg',
        isLifted ? 'bg-ink text-paper' : 'text-ink-soft hover:bg-sunken hover:text-ink',
      )}
      {...listeners}
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
}: Pick<ReturnType<typeof useSortable>, 'transform' | 'transition' | 'isDragging'>) {
  return {
    transform: transform ? `translate3d(0, ${Math.round(transform.y)}px, 0)` : undefined,
    transition,
    // Its place, while it is shown under the pointer.
    opacity: isDragging ? 0.35 : undefined,
  };
}
