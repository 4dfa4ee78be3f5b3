import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { IncidentRegions, Monitor, RegionState, RegionStatus } from './models';
import { stateOf } from './monitors';
import { bodyOf } from './transport';

/** Where monitors can be checked from. */
export const regionsQuery = queryOptions({
  queryKey: keys.regions,
  queryFn: ({ signal }) => bodyOf(client.GET('/regions', { signal })),
  staleTime: 60_000,
});

const NONE: readonly string[] = [];

/** The regions that decide together what a monitor is; none where one does. */
export const decidingRegions = ({ regions }: Pick<Monitor, 'regions'>): readonly string[] =>
  regions && regions.length > 1 ? regions : NONE;

/** What each of several regions finds. */
export const votesOf = ({ status }: Pick<Monitor, 'status'>): readonly RegionStatus[] => status.regions ?? [];

/** Whether too few regions have had results lately: the state is then the last one that was decided. */
export const isUnseen = ({ paused, status }: Pick<Monitor, 'paused' | 'status'>): boolean =>
  !paused && status.is_unseen === true;

const DECIDED: ReadonlySet<string> = new Set(['up', 'degraded', 'down'] satisfies RegionState[]);

/** How many of the regions find what was decided, where they differ; null where they agree, or nothing is decided. */
export function agreementOf(monitor: Pick<Monitor, 'paused' | 'status'>) {
  const votes = votesOf(monitor);
  const state = stateOf(monitor);
  if (votes.length < 2 || !DECIDED.has(state) || isUnseen(monitor)) return null;
  const count = votes.filter((vote) => vote.state === state).length;
  return count === votes.length ? null : { state, count, of: votes.length };
}

/** The names of regions by what they find. */
export type RegionsByState = { [S in RegionState]?: readonly string[] };

export function byState(votes: readonly RegionStatus[]): RegionsByState {
  const names: { [S in RegionState]?: string[] } = {};
  for (const { region, state } of votes) names[state] = [...(names[state] ?? []), region];
  return names;
}

/** As they were when an incident began; null where one region decides. */
export const regionsOfIncident = (incident: { regions?: IncidentRegions | null }): RegionsByState | null =>
  incident.regions ? { ...incident.regions } : null;
