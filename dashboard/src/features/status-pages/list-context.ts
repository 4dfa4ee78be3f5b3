import { createContext, type KeyboardEvent, useContext } from 'react';
import type { ComponentForm, GroupForm } from './order';

/** What every row of the list needs. */
export interface ListContext {
  groups: readonly GroupForm[];
  /** The id of the text that says how to move with the keyboard. */
  instructions: string;
  lifted: string | null;
  open: ReadonlySet<string>;
  onToggle: (key: string) => void;
  onKeyDown: (key: string, event: KeyboardEvent) => void;
  onBlur: (key: string) => void;
  onComponent: (key: string, changes: Partial<ComponentForm>) => void;
  onGroup: (key: string, changes: Partial<GroupForm>) => void;
  /** To the end of the group with this number. */
  onMoveTo: (key: string, group: number) => void;
  onRemove: (key: string) => void;
  onRemoveGroup: (key: string) => void;
}

const Context = createContext<ListContext | null>(null);

export const ListProvider = Context.Provider;

export function useList(): ListContext {
  const context = useContext(Context);
  if (!context) throw new Error('outside of a list of components');
  return context;
}
