import type { State } from '@/api/models';

/** A component as the form has it. */
/** The other status page that a component shows. */
export interface ExternalForm {
  url: string;
  /** Blank for that page as a whole. */
  component: string;
  /** Why nothing is known of it, once it was saved. */
  problem: string | null;
}

/** The other status page that a component shows. */
export interface ExternalForm {
  url: string;
  /** Blank for that page as a whole. */
  component: string;
  /** Why nothing is known of it, once it was saved. */
  problem: string | null;
}

/** A component as the form has it. */
export interface ComponentForm {
  /** Names it while it has no id. */
  key: string;
  id: number | null;
  name: string;
  description: string;
  /** Null for one that shows another page, or has the state that reports say. */
  monitor_id: number | null;
  monitor_name: string | null;
  monitor_state: State | null;
  /** Null for one that shows no other status page. */
  external: ExternalForm | null;
  show_history: boolean;
  show_uptime: boolean;
  show_latency: boolean;
}

export interface GroupForm {
  key: string;
  /** Blank for components that stand by themselves. */
  name: string;
  is_open: boolean;
  components: ComponentForm[];
}

type Groups = readonly GroupForm[];

/** Where something is; `index` is null for a group itself. */
export interface Place {
  group: number;
  index: number | null;
}

export function placeOf(groups: Groups, key: string): Place | null {
  for (const [group, { key: own, components }] of groups.entries()) {
    if (own === key) return { group, index: null };
    const index = components.findIndex((component) => component.key === key);
    if (index !== -1) return { group, index };
  }
  return null;
}

export const componentOf = (groups: Groups, key: string): ComponentForm | undefined =>
  groups.flatMap(({ components }) => components).find((component) => component.key === key);

export const countComponents = (groups: readonly { components: readonly unknown[] }[]): number =>
  groups.reduce((sum, { components }) => sum + components.length, 0);

function inserted<T>(list: readonly T[], index: number, item: T): T[] {
  return [...list.slice(0, index), item, ...list.slice(index)];
}

const clamp = (index: number, length: number): number => Math.max(0, Math.min(index, length));

/** Moves a component to a place, as it is counted without it. */
export function moveComponent(groups: Groups, key: string, toGroup: number, toIndex: number): GroupForm[] {
  const moved = componentOf(groups, key);
  if (!moved || !groups[toGroup]) return [...groups];
  return groups.map((group, at) => {
    const rest = group.components.filter((component) => component.key !== key);
    if (at === toGroup) {
      return { ...group, components: inserted(rest, clamp(toIndex, rest.length), moved) };
    }
    return rest.length === group.components.length ? group : { ...group, components: rest };
  });
}

export function moveGroup(groups: Groups, key: string, toIndex: number): GroupForm[] {
  const moved = groups.find((group) => group.key === key);
  if (!moved) return [...groups];
  const rest = groups.filter((group) => group.key !== key);
  return inserted(rest, clamp(toIndex, rest.length), moved);
}

/** One step up (-1) or down (1), a component from the end of its group into the next. The same list at the very end. */
export function step(groups: Groups, key: string, by: -1 | 1): Groups {
  const place = placeOf(groups, key);
  if (!place) return groups;
  const { group, index } = place;
  if (index === null) {
    return groups[group + by] ? moveGroup(groups, key, group + by) : groups;
  }
  if (groups[group]?.components[index + by]) return moveComponent(groups, key, group, index + by);
  const next = groups[group + by];
  if (!next) return groups;
  return moveComponent(groups, key, group + by, by === 1 ? 0 : next.components.length);
}

export function patchComponent(groups: Groups, key: string, changes: Partial<ComponentForm>): GroupForm[] {
  return groups.map((group) =>
    group.components.some((component) => component.key === key)
      ? {
          ...group,
          components: group.components.map((component) =>
            component.key === key ? { ...component, ...changes } : component,
          ),
        }
      : group,
  );
}

export const patchGroup = (groups: Groups, key: string, changes: Partial<GroupForm>): GroupForm[] =>
  groups.map((group) => (group.key === key ? { ...group, ...changes } : group));

export const removeComponent = (groups: Groups, key: string): GroupForm[] =>
  groups.map((group) => ({
    ...group,
    components: group.components.filter((component) => component.key !== key),
  }));

/** Removes a group; its components go to the end of the one before it, or else to the start of the one after it. */
export function removeGroup(groups: Groups, key: string): GroupForm[] {
  const at = groups.findIndex((group) => group.key === key);
  const removed = groups[at];
  if (!removed) return [...groups];
  const rest = groups.filter((group) => group.key !== key);
  const heir = Math.max(0, at - 1);
  if (removed.components.length === 0) return rest;
  if (rest.length === 0) return [{ ...removed, name: '' }];
  return rest.map((group, index) => {
    if (index !== heir) return group;
    const components =
      at === 0 ? [...removed.components, ...group.components] : [...group.components, ...removed.components];
    return { ...group, components };
  });
}

/** Puts components at the end of the last group, or in one without a heading if there is none. */
export function addComponents(groups: Groups, components: ComponentForm[], newKey: string): GroupForm[] {
  const last = groups.at(-1);
  if (!last) return [{ key: newKey, name: '', is_open: true, components }];
  return [...groups.slice(0, -1), { ...last, components: [...last.components, ...components] }];
}
