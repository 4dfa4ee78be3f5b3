import {
  type CollisionDetection,
  closestCenter,
  DndContext,
  type DragEndEvent,
  type DragOverEvent,
  DragOverlay,
  PointerSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { SortableContext, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { useId, useMemo, useRef, useState } from 'react';
import type { FieldErrors } from 'react-hook-form';
import { POINTER, SILENT } from '@/components/drag-handle';
import { useLift } from '@/components/use-lift';
import { orderingMessages } from '@/messages/ordering';
import { GroupBlock } from './group-block';
import { type ListActions, type ListContext, ListProvider, useSame } from './list-context';
import { componentMessages as messages } from './messages';
import {
  componentOf,
  type GroupForm,
  moveComponent,
  moveGroup,
  patchComponent,
  patchGroup,
  placeOf,
  removeComponent,
  removeGroup,
  step,
} from './order';
import type { PageForm } from './page-schema';

type Groups = readonly GroupForm[];

/** What something that is dragged can be dropped on: groups on groups, components on the rest. */
const collision: CollisionDetection = (args) => {
  const isGroup = args.active.data.current?.type === 'group';
  const droppableContainers = args.droppableContainers.filter(
    ({ data }) => (data.current?.type === 'group') === isGroup,
  );
  return closestCenter({ ...args, droppableContainers });
};

/** What it is called when its place is announced. */
function nameOfItem(groups: Groups, key: string): string {
  const component = componentOf(groups, key);
  if (component) return component.name || component.monitor_name || messages.unnamed;
  return groups.find((group) => group.key === key)?.name || messages.unnamedGroup;
}

/** "2 of 5 in Payments", "group 1 of 3". */
function describePlace(groups: Groups, key: string): string {
  const place = placeOf(groups, key);
  const group = place && groups[place.group];
  if (!place || !group) return '';
  if (place.index === null) return messages.placeOfGroup(place.group + 1, groups.length);
  const name = group.name || messages.unnamedGroup;
  return messages.placeInGroup(place.index + 1, group.components.length, name);
}

const ORDERED = { nameOf: nameOfItem, describePlace, step };

interface Props {
  groups: readonly GroupForm[];
  errors: FieldErrors<PageForm>['groups'];
  /** Those that are open for editing. */
  open: ReadonlySet<string>;
  onToggle: (key: string) => void;
  /** After a change of the order errors belong to other places. */
  onMove: (groups: readonly GroupForm[]) => void;
  onEdit: (groups: readonly GroupForm[], path: string) => void;
}

/** Groups and components in their order. */
export function ComponentList({ groups, errors, open, onToggle, onMove, onEdit }: Props) {
  const instructions = useId();
  const [announcement, announce] = useState('');
  const [dragged, setDragged] = useState<{ key: string; before: readonly GroupForm[] } | null>(null);
  const sensors = useSensors(useSensor(PointerSensor, POINTER));
  const lift = useLift<Groups>({ list: groups, onMove, announce, ...ORDERED });

  function onDragOver({ active, over }: DragOverEvent) {
    const from = placeOf(groups, String(active.id));
    const to = over && placeOf(groups, String(over.data.current?.group ?? over.id));
    if (!from || from.index === null || !over || !to || from.group === to.group) return;
    const rect = active.rect.current.translated;
    const isBelow = rect !== null && rect.top > over.rect.top + over.rect.height / 2;
    onMove(moveComponent(groups, String(active.id), to.group, (to.index ?? 0) + (isBelow ? 1 : 0)));
  }

  function onDragEnd({ active, over }: DragEndEvent) {
    setDragged(null);
    const key = String(active.id);
    const to = over && placeOf(groups, String(over.id));
    let next = groups;
    if (to && over.id !== active.id) {
      next =
        to.index === null ? moveGroup(groups, key, to.group) : moveComponent(groups, key, to.group, to.index);
      onMove(next);
    }
    announce(orderingMessages.dropped(nameOfItem(next, key), describePlace(next, key)));
  }

  const pathOf = (key: string, field: string) => {
    const place = placeOf(groups, key);
    if (!place) return 'groups';
    const path = `groups.${place.group}`;
    return place.index === null ? `${path}.${field}` : `${path}.components.${place.index}.${field}`;
  };

  const keyboard = useRef(lift);
  keyboard.current = lift;
  const actions = useRef<ListActions>(null);
  actions.current = {
    onToggle,
    onComponent: (key, changes) =>
      onEdit(patchComponent(groups, key, changes), pathOf(key, Object.keys(changes)[0] ?? '')),
    onGroup: (key, changes) => onEdit(patchGroup(groups, key, changes), pathOf(key, 'name')),
    onMoveTo: (key, group) => onMove(moveComponent(groups, key, group, Number.MAX_SAFE_INTEGER)),
    onRemove: (key) => onMove(removeComponent(groups, key)),
    onRemoveGroup: (key) => onMove(removeGroup(groups, key)),
  };
  const keys = useSame(groups.map(({ key }) => key));
  const groupNames = useSame(groups.map(({ name }) => name));
  const { lifted } = lift;
  const context = useMemo<ListContext>(
    () => ({
      onToggle: (...given) => actions.current?.onToggle(...given),
      onComponent: (...given) => actions.current?.onComponent(...given),
      onGroup: (...given) => actions.current?.onGroup(...given),
      onMoveTo: (...given) => actions.current?.onMoveTo(...given),
      onRemove: (...given) => actions.current?.onRemove(...given),
      onRemoveGroup: (...given) => actions.current?.onRemoveGroup(...given),
      handle: {
        instructions,
        lifted,
        onKeyDown: (...given) => keyboard.current?.onKeyDown(...given),
        onBlur: (...given) => keyboard.current?.onBlur(...given),
      },
      groupNames,
      open,
    }),
    [instructions, groupNames, lifted, open],
  );

  return (
    <ListProvider value={context}>
      <p id={instructions} className="sr-only">
        {orderingMessages.instructions}
      </p>
      <p aria-live="assertive" className="sr-only">
        {announcement}
      </p>
      <DndContext
        sensors={sensors}
        collisionDetection={collision}
        accessibility={SILENT}
        onDragStart={({ active }) => setDragged({ key: String(active.id), before: groups })}
        onDragOver={onDragOver}
        onDragEnd={onDragEnd}
        onDragCancel={() => {
          if (dragged) onMove(dragged.before);
          setDragged(null);
        }}
      >
        <SortableContext items={keys} strategy={verticalListSortingStrategy}>
          <ul aria-label={messages.list} className="grid gap-4">
            {groups.map((group, at) => (
              <GroupBlock key={group.key} group={group} at={at} errors={errors?.[at]} />
            ))}
          </ul>
        </SortableContext>
        <DragOverlay dropAnimation={null}>
          {dragged && (
            <div className="card cursor-grabbing truncate bg-raised px-5 py-3 font-medium text-sm shadow-lg">
              {nameOfItem(groups, dragged.key)}
            </div>
          )}
        </DragOverlay>
      </DndContext>
    </ListProvider>
  );
}
