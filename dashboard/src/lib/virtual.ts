/** Rows of one height in a list of which only what is in sight is rendered. */

/** From the first row to before the last. */
export interface Span {
  from: number;
  until: number;
}

interface View {
  count: number;
  /** Of each row, in pixels. */
  rowHeight: number;
  /** How far the first row is above the top of the window. */
  above: number;
  /** The height of the window. */
  height: number;
}

/** Rendered beyond what is in sight, so that scrolling shows no gap. */
const SPARE_ROWS = 12;
/** The span grows and shrinks by so many rows: not every pixel of scrolling renders. */
const STEP = 8;

export function rowsInView({ count, rowHeight, above, height }: View): Span {
  const first = Math.floor(above / rowHeight) - SPARE_ROWS;
  const last = Math.ceil((above + height) / rowHeight) + SPARE_ROWS;
  const clamp = (row: number) => Math.min(count, Math.max(0, row));
  const from = clamp(Math.floor(first / STEP) * STEP);
  return { from, until: Math.max(from, clamp(Math.ceil(last / STEP) * STEP)) };
}

/** A row, or how many rows are left out there. */
export type Segment = { row: number } | { gap: number };

/** What is rendered, in its order: the rows in view, one that is kept wherever it is, and gaps for all others. */
export function segmentsOf({ from, until }: Span, kept: number | null, count: number): Segment[] {
  const segments: Segment[] = [];
  let next = 0;
  const add = (row: number) => {
    if (row > next) segments.push({ gap: row - next });
    segments.push({ row });
    next = row + 1;
  };
  if (kept !== null && kept < from) add(kept);
  for (let row = from; row < until; row++) add(row);
  if (kept !== null && kept >= until && kept < count) add(kept);
  if (next < count) segments.push({ gap: count - next });
  return segments;
}
