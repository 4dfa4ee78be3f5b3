import { cx } from '@/lib/cx';

export interface LineStyle {
  /** The class of its colour. */
  line: string;
  /** Without one it is solid. */
  dash?: string;
}

const COLOURS = ['stroke-ink', 'stroke-pending', 'stroke-line-strong'];
const DASHES = [undefined, '7 4', '2 3', '10 3 2 3', '4 2', '12 5'];

/** By its place in the list: lines differ by their dashes first, and not by a colour alone. 18 are different. */
export function regionLine(index: number): LineStyle {
  const dash = DASHES[index % DASHES.length];
  const line = COLOURS[(index + Math.floor(index / DASHES.length)) % COLOURS.length] ?? 'stroke-ink';
  return { line, ...(dash !== undefined && { dash }) };
}

/** What a line looks like, in a legend. */
export const LineSample = ({ line, dash, width = 28 }: LineStyle & { width?: number }) => (
  <svg aria-hidden="true" width={width} height={4}>
    <line x2={width} y1={2} y2={2} strokeWidth={2.5} strokeDasharray={dash} className={line} />
  </svg>
);

/** Which line is of which region. */
export function RegionLegend({ regions, className }: { regions: readonly string[]; className?: string }) {
  return (
    <ul className={cx('flex flex-wrap gap-x-4 gap-y-1 text-ink-soft text-sm', className)}>
      {regions.map((region, index) => (
        <li key={region} className="inline-flex items-center gap-1.5">
          <LineSample {...regionLine(index)} />
          {region}
        </li>
      ))}
    </ul>
  );
}
