import { chartMessages } from '@/messages/charts';
import type { Plot } from './chart-frame';
import type { ChartMark, PlacedMark } from './marks';

const KINDS: ChartMark['kind'][] = ['incident', 'maintenance'];

/** The line above differs by its dashes, and not by a colour alone. */
const STYLES: Record<ChartMark['kind'], { area: string; line: string; dash?: string }> = {
  incident: { area: 'fill-down-fill/14', line: 'stroke-down-fill' },
  maintenance: { area: 'fill-pending/14', line: 'stroke-pending', dash: '4 3' },
};

/** Narrower ones could not be seen. */
const MIN_WIDTH = 2;

interface Props {
  marks: readonly PlacedMark[];
  plot: Plot;
  top: number;
  bottom: number;
}

/** Times that stand out, behind the lines of a chart. */
export function MarkBands({ marks, plot, top, bottom }: Props) {
  return marks.map(({ kind, from, left, right }) => {
    const { area, line, dash } = STYLES[kind];
    const x = plot.x(left);
    const width = Math.max(MIN_WIDTH, plot.x(right) - x);
    return (
      <g key={`${kind} ${from}`} data-mark={kind}>
        <rect x={x} y={top} width={width} height={bottom - top} className={area} />
        <line
          x1={x}
          x2={x + width}
          y1={top}
          y2={top}
          strokeWidth={3}
          strokeDasharray={dash}
          className={line}
        />
      </g>
    );
  });
}

/** What the bands of a chart are of. */
export function MarkLegend({ marks }: { marks: readonly ChartMark[] }) {
  return KINDS.filter((kind) => marks.some((mark) => mark.kind === kind)).map((kind) => {
    const { area, line, dash } = STYLES[kind];
    return (
      <span key={kind} className="inline-flex items-center gap-1.5">
        <svg aria-hidden="true" width={16} height={12}>
          <rect y={1} width={16} height={11} className={area} />
          <line x2={16} y1={1.5} y2={1.5} strokeWidth={3} strokeDasharray={dash} className={line} />
        </svg>
        {chartMessages.marks[kind]}
      </span>
    );
  });
}
