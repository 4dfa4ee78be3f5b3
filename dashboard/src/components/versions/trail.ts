import type { ReactNode } from 'react';
import type { Permission } from '@/api/access';
import type { VersionDifference } from '@/api/models';
import type { Subject, Versioned } from '@/api/versions';
import type { Row } from './rows';

/** Settings in words. */
export interface ShownSettings {
  /** Those that differ. */
  rows: Row[];
  /** All of the definition. */
  settings: () => Row[];
}

export interface TrailRowsProps {
  differences: readonly VersionDifference[];
  /** What they are differences of. */
  definition: object;
  children: (shown: ShownSettings) => ReactNode;
}

export interface TrailLinkProps {
  id: number;
  className: string;
  children: ReactNode;
}

/** How that is shown which has versions: what its settings are called, and where its pages are. */
export interface Trail {
  subject: Subject;
  /** What people call it. */
  name: string;
  /** Undefined until that is known. */
  createdAt: string | undefined;
  permission: Permission;
  texts: {
    about: string;
    unchangedHint: string;
    /** What a restore leaves as it is. */
    kept: string;
    /** Of a definition that cannot be read. */
    unreadable: string;
  };
  /** What changed fields are called, each once. */
  labelsOf: (fields: readonly string[]) => string[];
  /** What a field is called; null of one that is not known. */
  labelOf: (field: string) => string | null;
  /** Shows settings in words, with the names of what they name. */
  Rows: (props: TrailRowsProps) => ReactNode;
  HistoryLink: (props: TrailLinkProps) => ReactNode;
  VersionLink: (props: TrailLinkProps & { version: number }) => ReactNode;
  /** What restoring does, beside what differs. */
  noteOf?: (differences: readonly VersionDifference[]) => string | null;
  /** Brings what is loaded up to date. */
  onRestored: (item: Versioned) => void;
  toHistory: () => Promise<void>;
}
