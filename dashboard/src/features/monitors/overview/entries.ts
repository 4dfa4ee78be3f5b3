import type { Monitor } from '@/api/models';
import { type Group, groupByTag } from '../groups';

/** A row of the table. */
export type Entry =
  | { key: string; monitor: Monitor }
  | {
      key: string;
      group: Group;
      isOpen: boolean;
    };

/** One after the other, or by tag: a monitor with two tags is then in both groups. */
export function entriesOf(monitors: readonly Monitor[], closed: readonly string[] | null): Entry[] {
  if (closed === null) return monitors.map((monitor) => ({ key: `${monitor.id}`, monitor }));
  return groupByTag(monitors).flatMap((group): Entry[] => {
    const isOpen = !closed.includes(group.tag);
    const heading = { key: `tag ${group.tag}`, group, isOpen };
    if (!isOpen) return [heading];
    return [heading, ...group.monitors.map((monitor) => ({ key: `${monitor.id} ${group.tag}`, monitor }))];
  });
}
