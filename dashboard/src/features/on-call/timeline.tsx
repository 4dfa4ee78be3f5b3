import { useId } from 'react';
import { ScrollArea } from '@/components/scroll-area';
import { cx } from '@/lib/cx';
import { useWidth } from '@/lib/use-width';
import { onCallMessages as messages } from './messages';
import { placeOf, type Span, type Tick, ticksOf, type View } from './timeline-scale';

export interface Block extends Span {
  key: string;
  user_id: number;
  name: string;
}

export interface Lane {
  key: string;
  label: string;
  blocks: readonly Block[];
  /** Times that nobody covers, where that matters. */
  gaps?: readonly Span[];
  /** What a click on a block does. */
  onSelect?: ((span: Span) => void) | undefined;
}

interface Props {
  view: View;
  span: Span;
  lanes: readonly Lane[];
  zone: string;
  now: number;
  /** Whose blocks stand out. */
  self: number | undefined;
  /** Who is not notified. */
  unreachable: ReadonlySet<number>;
}

/** Below these, the days would be too narrow to be told apart. */
const MIN_WIDTHS: Record<View, string> = {
  day: 'min-w-[26rem]',
  week: 'min-w-[32rem]',
  fortnight: 'min-w-[44rem]',
  month: 'min-w-[48rem]',
};

/** Hue is for states: people differ by shade, and by their names. Opaque: the lines of the days are behind. */
const SHADES = [
  'bg-[color-mix(in_srgb,var(--ink)_9%,var(--surface))]',
  'bg-[color-mix(in_srgb,var(--ink)_18%,var(--surface))]',
  'bg-[color-mix(in_srgb,var(--ink)_27%,var(--surface))]',
  'bg-[color-mix(in_srgb,var(--ink)_13%,var(--surface))]',
  'bg-[color-mix(in_srgb,var(--ink)_22%,var(--surface))]',
];

/** Until it is measured. */
const DEFAULT_WIDTH = 840;
const LETTER_PX = 6.6;
const CAPITAL_PX = 10;
const PADDING_PX = 14;
const MIN_TARGET_PX = 24;

function fits(text: string, width: number): boolean {
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0;
  return text.length * LETTER_PX + capitals * (CAPITAL_PX - LETTER_PX) + PADDING_PX <= width;
}

/** As much of a name as there is room for: all of it, the first one, the initials or nothing. */
function fitting(name: string, width: number): string {
  const words = name.trim().split(/\s+/);
  const initials = words.map(([letter = '']) => letter).join('');
  return [name, words[0] ?? '', initials.slice(0, 3)].find((text) => fits(text, width)) ?? '';
}

const percent = (value: number) => `${value.toFixed(4)}%`;

const BLOCK = 'absolute inset-y-0.5 flex items-center overflow-hidden rounded-md border text-left text-xs';

interface BlockProps {
  block: Block;
  shade: string;
  span: Span;
  zone: string;
  /** Of the whole lane, in pixels. */
  width: number;
  isSelf: boolean;
  isUnreachable: boolean;
  onSelect: Lane['onSelect'];
}

function BlockView({ block, shade, span, zone, width, isSelf, isUnreachable, onSelect }: BlockProps) {
  const place = placeOf(block, span);
  if (!place) return null;
  const title = messages.shift(block.name, block, zone, isUnreachable);
  const pixels = (place.width / 100) * width;
  // What is too narrow to be hit is taken over from the table.
  const canSelect = onSelect !== undefined && pixels >= MIN_TARGET_PX;
  const shared = {
    title,
    style: { left: percent(place.left), width: `calc(${percent(place.width)} - 1px)` },
    className: cx(
      BLOCK,
      isSelf ? 'border-ink bg-ink font-medium text-paper' : shade,
      isUnreachable ? 'border-down border-dashed' : !isSelf && 'border-transparent',
      canSelect && 'hover:border-ink focus-visible:z-10',
    ),
  };
  const text = fitting(block.name, pixels);
  const name = text && (
    <span aria-hidden className="truncate px-1.5">
      {text}
    </span>
  );
  return (
    <li className="contents">
      {canSelect ? (
        <button type="button" aria-label={title} onClick={() => onSelect(block)} {...shared}>
          {name}
        </button>
      ) : (
        <span {...shared}>
          <span className="sr-only">{title}</span>
          {name}
        </span>
      )}
    </li>
  );
}

function Gap({ gap, span, zone, width }: { gap: Span; span: Span; zone: string; width: number }) {
  const place = placeOf(gap, span);
  if (!place) return null;
  const title = messages.shift(messages.nobody, gap, zone);
  return (
    <li
      title={title}
      style={{ left: percent(place.left), width: `calc(${percent(place.width)} - 1px)` }}
      className={cx(BLOCK, 'border-degraded border-dashed bg-degraded/8 text-degraded')}
    >
      <span className="sr-only">{title}</span>
      <span aria-hidden className="truncate px-1.5">
        {fits(messages.nobodyShort, (place.width / 100) * width) && messages.nobodyShort}
      </span>
    </li>
  );
}

function Ticks({ ticks, span, now }: { ticks: readonly Tick[]; span: Span; now: number }) {
  return ticks.map(({ at, label }, index) => {
    const until = ticks[index + 1]?.at ?? span.until;
    const place = placeOf({ from: at, until }, span);
    const isNow = at <= now && now < until;
    return (
      <span
        key={at}
        style={{ left: percent(place?.left ?? 0), width: percent(place?.width ?? 0) }}
        className={cx(
          'absolute top-0 truncate pl-1 text-xs',
          isNow ? 'font-semibold text-ink' : 'text-ink-soft',
        )}
      >
        {label}
      </span>
    );
  });
}

/** Lanes of shifts beside each other. The table beside it says the same in words. */
export function Timeline({ view, span, lanes, zone, now, self, unreachable }: Props) {
  const id = useId();
  const [track, width] = useWidth<HTMLDivElement>(DEFAULT_WIDTH);
  const ticks = ticksOf(view, span, zone);
  const nowPlace = placeOf({ from: now, until: now + 1 }, span);
  const people = [...new Set(lanes.flatMap(({ blocks }) => blocks.map((block) => block.user_id)))].sort(
    (a, b) => a - b,
  );
  const shadeOf = (user: number) => SHADES[people.indexOf(user) % SHADES.length] ?? '';
  return (
    <ScrollArea label={messages.timelineOf(span, zone)}>
      <div className={cx('relative grid gap-y-1 pb-1', MIN_WIDTHS[view])}>
        <div aria-hidden className="pointer-events-none absolute inset-y-0 right-0 left-0 sm:left-24">
          {ticks.slice(1).map(({ at }) => (
            <span
              key={at}
              className="absolute inset-y-0 w-px bg-line"
              style={{ left: percent(placeOf({ from: at, until: at + 1 }, span)?.left ?? 0) }}
            />
          ))}
        </div>
        <div aria-hidden ref={track} className="relative h-5 sm:ml-24">
          <Ticks ticks={ticks} span={span} now={now} />
        </div>
        {lanes.map((lane) => (
          <div key={lane.key} className="sm:flex sm:items-center">
            <p
              id={`${id}-${lane.key}`}
              className="sticky left-0 w-fit shrink-0 truncate pr-2 font-medium text-xs max-sm:mt-1 max-sm:mb-0.5 sm:w-24"
            >
              {lane.label}
            </p>
            <ol
              aria-labelledby={`${id}-${lane.key}`}
              className={cx('relative min-w-0 flex-1 rounded-md bg-ink/4', lane.gaps ? 'h-10' : 'h-8')}
            >
              {lane.gaps?.map((gap) => (
                <Gap key={gap.from} gap={gap} span={span} zone={zone} width={width} />
              ))}
              {lane.blocks.map((block) => (
                <BlockView
                  key={block.key}
                  block={block}
                  shade={shadeOf(block.user_id)}
                  span={span}
                  zone={zone}
                  width={width}
                  isSelf={block.user_id === self}
                  isUnreachable={unreachable.has(block.user_id)}
                  onSelect={lane.onSelect}
                />
              ))}
            </ol>
          </div>
        ))}
        <div aria-hidden className="pointer-events-none absolute inset-y-0 right-0 left-0 sm:left-24">
          {nowPlace && (
            <span
              className="absolute inset-y-0 w-0.5 bg-[var(--focus)]"
              style={{ left: percent(nowPlace.left) }}
            />
          )}
        </div>
      </div>
    </ScrollArea>
  );
}
