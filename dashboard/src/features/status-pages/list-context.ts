import { type ComponentProps, createContext, useContext, useState } from 'react';
import type { DragHandle } from '@/components/drag-handle';
import type { ComponentForm, GroupForm } from './order';

type Handle = ComponentProps<typeof DragHandle>;

/** What can be done with the rows of the list; the same object all the time, so that typing in one renders only that. */
export interface ListActions {
  onToggle: (key: string) => void;
  onComponent: (key: string, changes: Partial<ComponentForm>) => void;
  onGroup: (key: string, changes: Partial<GroupForm>) => void;
  /** To the end of the group with this number. */
  onMoveTo: (key: string, group: number) => void;
  onRemove: (key: string) => void;
  onRemoveGroup: (key: string) => void;
}

/** What every row of the list needs. */
export interface ListContext extends ListActions {
  /** What is the same of all handles. */
  handle: Pick<Handle, 'instructions' | 'lifted' | 'onKeyDown' | 'onBlur'>;
  groupNames: readonly string[];
  open: ReadonlySet<string>;
}

const Context = createContext<ListContext | null>(null);

export const ListProvider = Context.Provider;

export function useList(): ListContext {
  const context = useContext(Context);
  if (!context) throw new Error('outside of a list of components');
  return context;
}

/** The same list as before while it holds the same. */
export function useSame(list: readonly string[]): string[] {
  const [same, setSame] = useState([...list]);
  if (same.length === list.length && same.every((each, at) => each === list[at])) return same;
  const next = [...list];
  setSame(next);
  return next;
}
