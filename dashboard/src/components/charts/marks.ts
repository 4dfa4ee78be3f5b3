/** A time that stands out in a chart. */
export interface ChartMark {
  kind: 'incident' | 'maintenance';
  /** Milliseconds since 1970. */
  from: number;
  until: number;
  /** What it was: the cause of an incident, or the name of a window. */
  label: string;
}

export interface PlacedMark extends ChartMark {
  /** Where it begins and ends, as parts of the time that is shown. */
  left: number;
  right: number;
}

/** Those that are within the time that is shown, cut off at its ends. */
export function placeMarks(marks: readonly ChartMark[], from: number, until: number): PlacedMark[] {
  const span = until - from;
  if (span <= 0) return [];
  return marks
    .filter((mark) => mark.until > from && mark.from < until)
    .map((mark) => ({
      ...mark,
      left: Math.max(0, (mark.from - from) / span),
      right: Math.min(1, (mark.until - from) / span),
    }));
}

/** Those that are in a part of the time that is shown. */
export const marksIn = (marks: readonly ChartMark[], from: number, until: number): ChartMark[] =>
  marks.filter((mark) => mark.until > from && mark.from < until);
