/**
 * The operations on versions of monitors, as the API's document describes them: until `schema.ts` has them, they are
 * added to its paths here, so that requests, handlers in tests and the mock are checked like all others.
 */
import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type VersionAuthorKind = 'member' | 'api_key' | 'system';

/** Who saved a version. */
export interface VersionAuthor {
  kind: VersionAuthorKind;
  name: string;
}

/** A definition that a monitor had. */
export interface MonitorVersion {
  /** 1, 2, … within the monitor. */
  version: number;
  from: Schemas['Timestamp'];
  /** Null is the one that holds now. */
  until: Schemas['Timestamp'] | null;
  /** Null where it is not known, or the account is gone. */
  author: VersionAuthor | null;
  /** The fields of the monitor that differ from the version before, if that is still kept. */
  changes: string[];
  /** The version whose definition this one brought back. */
  restored: number | null;
}

/** A field that differs between two versions. */
export interface VersionDifference {
  /** A path such as `http.headers.Accept`. */
  field: string;
  before: unknown;
  after: unknown;
  /** Whether neither value is shown, because it is a secret or not shown to whoever asks: then both are null. */
  secret: boolean;
}

export interface MonitorVersionDetail extends MonitorVersion {
  /** As the monitor shows it, without what is no part of it, such as tags. */
  definition: Schemas['MonitorInput'];
  /** Only when the definition cannot be read: why, and then most of it is null. */
  definition_error?: string | null;
  /** Against the version before, or the one that was asked for. */
  differences: VersionDifference[];
}

export interface MonitorVersionPage {
  items: MonitorVersion[];
  next_cursor: string | null;
}

interface Nothing {
  query?: never;
  header?: never;
  path?: never;
  cookie?: never;
}

type Answers<Operation extends { responses: object }, Body> = Omit<Operation['responses'], 200> & {
  200: { headers: { [name: string]: unknown }; content: { 'application/json': Body } };
};

interface ListMonitorVersions {
  parameters: {
    query?: { limit?: number; cursor?: string };
    header?: never;
    path: { id: Schemas['MonitorId'] };
    cookie?: never;
  };
  requestBody?: never;
  responses: Answers<operations['GetMonitor'], MonitorVersionPage>;
}

interface GetMonitorVersion {
  parameters: {
    query?: { against?: number };
    header?: never;
    path: { id: Schemas['MonitorId']; version: number };
    cookie?: never;
  };
  requestBody?: never;
  responses: Answers<operations['GetMonitor'], MonitorVersionDetail>;
}

interface RestoreMonitorVersion {
  parameters: {
    query?: never;
    header?: { 'If-Match'?: string };
    path: { id: Schemas['MonitorId']; version: number };
    cookie?: never;
  };
  requestBody?: never;
  responses: operations['EditMonitor']['responses'];
}

interface Unused {
  put?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
}

interface Readable<Operation> extends Unused {
  parameters: Nothing;
  get: Operation;
  post?: never;
}

interface Postable<Operation> extends Unused {
  parameters: Nothing;
  get?: never;
  post: Operation;
}

declare module './schema' {
  interface paths {
    '/monitors/{id}/versions': Readable<ListMonitorVersions>;
    '/monitors/{id}/versions/{version}': Readable<GetMonitorVersion>;
    '/monitors/{id}/versions/{version}/restore': Postable<RestoreMonitorVersion>;
  }
}
