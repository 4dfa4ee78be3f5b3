import { type KeyboardEvent, useLayoutEffect, useState } from 'react';
import { componentMessages as messages } from './messages';
import { componentOf, type GroupForm, placeOf, step } from './order';

type Groups = readonly GroupForm[];

/** What it is called when its place is announced. */
export function nameOfItem(groups: Groups, key: string): string {
  const component = componentOf(groups, key);
  if (component) return component.name || component.monitor_name || messages.unnamed;
  return groups.find((group) => group.key === key)?.name || messages.unnamedGroup;
}

/** "2 of 5 in Payments", "group 1 of 3". */
export function describePlace(groups: Groups, key: string): string {
  const place = placeOf(groups, key);
  const group = place && groups[place.group];
  if (!place || !group) return '';
  if (place.index === null) return messages.placeOfGroup(place.group + 1, groups.length);
  const name = group.name || messages.unnamedGroup;
  return messages.placeInGroup(place.index + 1, group.components.length, name);
}

export const handleId = (key: string): string => `move-${key}`;

const DIRECTIONS: Partial<Record<string, -1 | 1>> = { ArrowUp: -1, ArrowDown: 1 };

interface Lifted {
  key: string;
  before: Groups;
}

/** Ordering by keyboard: Space lifts and drops, the arrow keys move, and Escape puts it back. */
export function useLift(groups: Groups, onMove: (next: Groups) => void, announce: (text: string) => void) {
  const [lifted, setLifted] = useState<Lifted | null>(null);

  // In another group it is another element.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the order has changed
  useLayoutEffect(() => {
    const handle = lifted && document.getElementById(handleId(lifted.key));
    handle?.focus();
    handle?.scrollIntoView({ block: 'nearest' });
  }, [lifted, groups]);

  function say(text: (name: string, where: string) => string, key: string, now: Groups = groups) {
    announce(text(nameOfItem(now, key), describePlace(now, key)));
  }

  function onKeyDown(key: string, event: KeyboardEvent) {
    const isLifted = lifted?.key === key;
    const by = DIRECTIONS[event.key];
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      setLifted(isLifted ? null : { key, before: groups });
      say(isLifted ? messages.dropped : messages.lifted, key);
    } else if (isLifted && by) {
      event.preventDefault();
      const next = step(groups, key, by);
      if (next !== groups) onMove(next);
      say(messages.moved, key, next);
    } else if (isLifted && event.key === 'Escape') {
      event.preventDefault();
      setLifted(null);
      onMove(lifted.before);
      say(messages.cancelled, key, lifted.before);
    }
  }

  /** Leaving the handle drops it, unless it only became another element. */
  function onBlur(key: string) {
    if (lifted?.key !== key) return;
    setTimeout(() => {
      if (document.activeElement?.id !== handleId(key)) setLifted((now) => (now?.key === key ? null : now));
    });
  }

  return { lifted: lifted?.key ?? null, onKeyDown, onBlur };
}
