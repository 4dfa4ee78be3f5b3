import type { Monitor, MonitorInput, QuorumSetting } from '@/api/models';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';

/** How many regions have to find a monitor down, as it is chosen. */
export const QUORUMS = ['one', 'majority', 'all', 'number'] as const;

export interface QuorumForm {
  down: (typeof QUORUMS)[number];
  /** Where it is a number. */
  count: string;
  /** Blank is as many as have to find it down. */
  min_regions: string;
}

/** Without regions it is checked from the home region. */
export interface RegionsForm {
  regions: string[];
  quorum: QuorumForm;
}

/** The fields of the form of a monitor that say where it is checked from. */
export const regionsShape = {
  regions: z.array(z.string()),
  quorum: z.object({ down: z.enum(QUORUMS), count: z.string().trim(), min_regions: z.string().trim() }),
};

/** Their names, for errors. */
export const REGION_FIELDS = ['regions', 'quorum.down', 'quorum.count', 'quorum.min_regions'] as const;

export function quorumForm(quorum: QuorumSetting | null | undefined): QuorumForm {
  const down = quorum?.down ?? 'majority';
  const number = down === 1 ? 'one' : 'number';
  return {
    down: typeof down === 'number' ? number : down,
    // Otherwise what is offered where somebody chooses a number.
    count: typeof down === 'number' && down > 1 ? String(down) : '2',
    min_regions: quorum?.min_regions == null ? '' : String(quorum.min_regions),
  };
}

export const regionsForm = ({ regions, quorum }: Pick<Monitor, 'regions' | 'quorum'>): RegionsForm => ({
  regions: [...(regions ?? [])],
  quorum: quorumForm(quorum),
});

/** The rule by which several regions decide. */
export interface Quorum {
  /** How many have to find it down. */
  down: number;
  /** How many must have had results lately. */
  min: number;
  of: number;
}

/** A whole number; null if it is none. */
const wholeIn = (text: string): number | null => (/^\d+$/.test(text.trim()) ? Number(text) : null);

const majorityOf = (regions: number): number => Math.floor(regions / 2) + 1;

function neededOf({ down, count }: QuorumForm, of: number): number | null {
  switch (down) {
    case 'one':
      return 1;
    case 'majority':
      return majorityOf(of);
    case 'all':
      return of;
    case 'number':
      return wholeIn(count);
  }
}

/** What is wrong with the quorum of so many regions. One region has none. */
export function quorumProblem(form: QuorumForm, of: number) {
  if (of < 2) return null;
  const down = neededOf(form, of);
  if (down === null || down < 1 || down > of) {
    return { path: ['quorum', 'count'], message: validation.between(1, of) };
  }
  if (form.min_regions.trim() === '') return null;
  // With fewer than have to find it down, silence would be success; all are those that there are.
  const least = form.down === 'all' ? 1 : down;
  const min = wholeIn(form.min_regions);
  return min !== null && min >= least && min <= of
    ? null
    : { path: ['quorum', 'min_regions'], message: validation.between(least, of) };
}

/** The rule as it is typed; null while it is not complete, and of one region. */
export function typedQuorum(form: QuorumForm, of: number): Quorum | null {
  const down = neededOf(form, of);
  if (of < 2 || down === null || quorumProblem(form, of)) return null;
  const least = form.down === 'all' ? majorityOf(of) : down;
  return { down, min: wholeIn(form.min_regions) ?? least, of };
}

/** Null is the default, a majority; one region has no other. */
export function quorumInput(form: QuorumForm, of: number): QuorumSetting | null {
  if (of < 2) return null;
  const min_regions = wholeIn(form.min_regions);
  switch (form.down) {
    case 'one':
      return { down: 1, min_regions };
    case 'number':
      return { down: Number(form.count), min_regions };
    case 'all':
      return { down: 'all', min_regions };
    case 'majority':
      return min_regions === null ? null : { down: 'majority', min_regions };
  }
}

type Given = Pick<MonitorInput, 'regions' | 'quorum'>;

const inputOf = ({ regions, quorum }: RegionsForm) => ({
  regions: [...regions].sort(),
  quorum: quorumInput(quorum, regions.length),
});

/** Of a new monitor: what is not chosen is left to the server. */
export function regionsInput(form: RegionsForm): Given {
  const { regions, quorum } = inputOf(form);
  return { ...(regions.length > 0 && { regions }), ...(quorum && { quorum }) };
}

/** Whether the same regions decide in the same way. */
export const isSameDecision = (one: RegionsForm, other: RegionsForm): boolean =>
  JSON.stringify(inputOf(one)) === JSON.stringify(inputOf(other));

/** Of a saved monitor nothing while neither has changed, and otherwise both: a quorum fits its regions alone. */
export const regionsEdit = (saved: Pick<Monitor, 'regions' | 'quorum'>, form: RegionsForm): Given =>
  isSameDecision(regionsForm(saved), form) ? {} : inputOf(form);

interface Checking {
  /** Seconds between two checks of one region. */
  interval: number;
  /** Seconds that a check takes at most, with its retries. */
  deadline: number;
  /** Seconds from the first failed check to the one that confirms it. */
  confirming: number;
}

/** Seconds from the beginning of an outage until so many of the regions have found it, at most (ADR 32). */
export const foundWithin = (
  { interval, deadline, confirming }: Checking,
  { down, of }: Pick<Quorum, 'down' | 'of'>,
): number => Math.ceil((down * interval) / of) + confirming + Math.ceil(deadline);
