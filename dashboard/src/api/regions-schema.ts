/**
 * What checks from several regions add to the API, as its document will describe it: until `schema.ts` has it, its schemas
 * are extended in `models.ts` by what is here, and `/regions` is added to its paths.
 */
import type { components, operations } from './schema';

type Schemas = components['schemas'];
type Timestamp = Schemas['Timestamp'];

export interface Region {
  name: string;
  /** The pingers that check from there now; null where that is not known just now. */
  pods: number | null;
  /** Null also where they were stopped in order. */
  last_seen_at: Timestamp | null;
}

/** Where monitors can be checked from. */
export interface Regions {
  /** The region of monitors that name none. */
  home: string;
  items: Region[];
}

/** How many regions have to find a monitor down, and how many must have had results lately for anything to be decided. */
export interface QuorumSetting {
  down: number | 'majority' | 'all';
  /** Null is as many as have to find it down; a majority if those are all. */
  min_regions?: number | null;
}

/** What a monitor has besides. */
export interface MonitorRegions {
  /** Without any it is checked from the home region. */
  regions?: string[];
  /** Only of several regions. */
  quorum?: QuorumSetting | null;
}

export interface MonitorRegionsInput {
  regions?: string[] | null;
  quorum?: QuorumSetting | null;
}

/** `absent` has had no results lately, `unknown` none that decide anything yet. */
export type RegionState = 'up' | 'degraded' | 'down' | 'absent' | 'unknown';

/** What one region finds of a monitor. */
export interface RegionStatus {
  region: string;
  state: RegionState;
  /** Not said yet. */
  since?: Timestamp | null;
  last_checked_at: Timestamp | null;
  latency_ms: number | null;
  error_code: Schemas['ErrorCode'] | null;
  error: string | null;
}

/** What the status of a monitor has besides. */
export interface StatusRegions {
  /** Empty where one region checks it. */
  regions?: RegionStatus[];
  /** Whether too few regions have had results lately for anything to be decided. */
  is_unseen?: boolean;
}

/** The names of regions by what they find. */
export interface IncidentRegions {
  down: string[];
  up: string[];
  absent: string[];
}

/** What an incident has besides. */
export interface OpenedBy {
  /** As it was when it began; null where one region decides. */
  regions?: IncidentRegions | null;
}

/** The same buckets of each region that has results in them. */
export interface SeriesByRegion {
  regions?: { region: string; points: Schemas['SeriesBucket'][] }[];
}

interface Nothing {
  query?: never;
  header?: never;
  path?: never;
  cookie?: never;
}

interface ListRegions {
  parameters: Nothing;
  requestBody?: never;
  responses: Omit<operations['GetSummary']['responses'], 200> & {
    200: { headers: { [name: string]: unknown }; content: { 'application/json': Regions } };
  };
}

declare module './schema' {
  interface paths {
    '/regions': {
      parameters: Nothing;
      get: ListRegions;
      put?: never;
      post?: never;
      delete?: never;
      options?: never;
      head?: never;
      patch?: never;
      trace?: never;
    };
  }
}
