import { keepPreviousData, useQueries } from '@tanstack/react-query';
import type { OnCallLayer, OnCallOverride, OnCallPreviewInput, OnCallShift } from '@/api/models';
import { onCallPreviewQuery } from '@/api/on-call';
import { onCallMessages as messages } from './messages';
import { nameOf } from './people';
import type { ShiftRow } from './shift-table';
import type { Block, Lane } from './timeline';
import { gapsOf, type Span } from './timeline-scale';

/** What a schedule's shifts are computed from, without overrides. */
export interface Rota {
  time_zone: string;
  layers: readonly OnCallLayer[];
}

export const previewInput = ({ time_zone, layers }: Rota, span: Span): OnCallPreviewInput => ({
  time_zone,
  layers: [...layers],
  from: new Date(span.from).toISOString(),
  until: new Date(span.until).toISOString(),
});

const spanOfShift = ({ from, until }: { from: string; until: string }): Span => ({
  from: Date.parse(from),
  until: Date.parse(until),
});

export const blocksOf = (shifts: readonly OnCallShift[]): Block[] =>
  shifts.map((shift) => ({
    ...spanOfShift(shift),
    key: shift.from,
    user_id: shift.user_id,
    name: nameOf(shift),
  }));

/** Neighbours of one person are one block, whichever layer each is of. */
function merged(blocks: readonly Block[]): Block[] {
  const all: Block[] = [];
  for (const block of blocks) {
    const last = all.at(-1);
    if (last?.user_id === block.user_id && last.until === block.from) {
      all[all.length - 1] = { ...last, until: block.until };
    } else all.push(block);
  }
  return all;
}

/** Who is on call in the end. */
export function finalLane(shifts: readonly OnCallShift[], span: Span, onSelect?: (span: Span) => void): Lane {
  const blocks = merged(blocksOf(shifts));
  return { key: 'final', label: messages.final, blocks, gaps: gapsOf(blocks, span), onSelect };
}

export const overridesLane = (overrides: readonly OnCallOverride[]): Lane => ({
  key: 'overrides',
  label: messages.overrides,
  blocks: overrides.map((each) => ({
    ...spanOfShift(each),
    key: String(each.id),
    user_id: each.user_id,
    name: nameOf(each),
  })),
});

/** Each layer as if there were no other. */
export function useLayerLanes({ time_zone, layers }: Rota, span: Span): Lane[] {
  return useQueries({
    queries: layers.map((layer) => ({
      ...onCallPreviewQuery(previewInput({ time_zone, layers: [layer] }, span)),
      placeholderData: keepPreviousData,
    })),
    combine: (answers) =>
      answers.map(({ data }, index) => ({
        key: `layer-${index}`,
        label: messages.layer(index),
        blocks: blocksOf(data?.shifts ?? []),
      })),
  });
}

/** The shifts, and between them when nobody is on call. */
export function rowsOf(
  shifts: readonly OnCallShift[],
  span: Span,
  self: number | undefined,
  unreachable: ReadonlySet<number>,
): ShiftRow[] {
  const rows = shifts.map((shift) => ({
    ...spanOfShift(shift),
    key: shift.from,
    name: nameOf(shift),
    isSelf: shift.user_id === self,
    isUnreachable: unreachable.has(shift.user_id),
    by: typeof shift.layer === 'number' ? messages.layer(shift.layer) : messages.byOverride,
  }));
  const gaps = gapsOf(rows, span).map((gap) => ({
    ...gap,
    key: `gap-${gap.from}`,
    name: null,
    isSelf: false,
    isUnreachable: false,
    by: '',
  }));
  return [...rows, ...gaps].sort((a, b) => a.from - b.from);
}
