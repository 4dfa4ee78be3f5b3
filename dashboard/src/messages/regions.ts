import type { RegionState } from '@/api/models';
import type { RegionsByState } from '@/api/regions';
import { capitalise } from '@/lib/format';
import { STATE_LABELS } from './terms';

/** Texts about checks from several regions, wherever they are shown. */
export const regionTexts = {
  region: 'Region',
  regions: 'Regions',
  checkedFrom: 'Checked from',
  unseen: 'Too few regions',
  whenStarted: (regions: string) => `When it started: ${regions}`,
};

export const REGION_STATE_LABELS: Record<RegionState, string> = {
  up: STATE_LABELS.up,
  degraded: STATE_LABELS.degraded,
  down: STATE_LABELS.down,
  absent: 'Absent',
  unknown: 'Not known yet',
};

/** The worst first. */
const FOUND: [RegionState, string][] = [
  ['down', 'down from'],
  ['degraded', 'degraded from'],
  ['up', 'up from'],
  ['absent', 'no recent results from'],
  ['unknown', 'not known yet from'],
];

/** "down from eu, us; up from ap". */
export const describeRegions = (regions: RegionsByState): string =>
  FOUND.flatMap(([state, found]) => {
    const names = regions[state] ?? [];
    return names.length > 0 ? [`${found} ${names.join(', ')}`] : [];
  }).join('; ');

/** The same as a sentence of its own. */
export const regionsSentence = (regions: RegionsByState): string => capitalise(describeRegions(regions));
