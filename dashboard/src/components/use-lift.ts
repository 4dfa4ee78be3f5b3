import { type KeyboardEvent, useLayoutEffect, useState } from 'react';
import { orderingMessages as messages } from '@/messages/ordering';

/** What is put in order. */
export interface Ordered<T> {
  nameOf: (list: T, key: string) => string;
  /** "2 of 5". */
  describePlace: (list: T, key: string) => string;
  /** One step up (-1) or down (1); the same list at the very end. */
  step: (list: T, key: string, by: -1 | 1) => T;
}

export const handleId = (key: string): string => `move-${key}`;

const DIRECTIONS: Partial<Record<string, -1 | 1>> = { ArrowUp: -1, ArrowDown: 1 };

interface Lifted<T> {
  key: string;
  before: T;
}

interface Options<T> extends Ordered<T> {
  list: T;
  onMove: (next: T) => void;
  announce: (text: string) => void;
  /** It has its place now. */
  onDrop?: (before: T) => void;
}

/** Ordering by keyboard: Space lifts and drops, the arrow keys move, and Escape puts it back. */
export function useLift<T>({ list, onMove, announce, onDrop, ...ordered }: Options<T>) {
  const [lifted, setLifted] = useState<Lifted<T> | null>(null);

  // In another group it is another element.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the order has changed
  useLayoutEffect(() => {
    const handle = lifted && document.getElementById(handleId(lifted.key));
    handle?.focus();
    handle?.scrollIntoView({ block: 'nearest' });
  }, [lifted, list]);

  function say(text: (name: string, where: string) => string, key: string, now: T = list) {
    announce(text(ordered.nameOf(now, key), ordered.describePlace(now, key)));
  }

  function onKeyDown(key: string, event: KeyboardEvent) {
    const isLifted = lifted?.key === key;
    const by = DIRECTIONS[event.key];
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      if (isLifted) onDrop?.(lifted.before);
      setLifted(isLifted ? null : { key, before: list });
      say(isLifted ? messages.dropped : messages.lifted, key);
    } else if (isLifted && by) {
      event.preventDefault();
      const next = ordered.step(list, key, by);
      if (next !== list) onMove(next);
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
      if (document.activeElement?.id === handleId(key)) return;
      onDrop?.(lifted.before);
      setLifted((now) => (now?.key === key ? null : now));
    });
  }

  return { lifted: lifted?.key ?? null, onKeyDown, onBlur };
}
