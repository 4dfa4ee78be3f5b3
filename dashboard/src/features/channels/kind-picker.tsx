import { Check } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import type { ChannelKind } from '@/api/models';
import { channelKindValues } from '@/api/schema';
import { SearchBox } from '@/components/search-box';
import { cx } from '@/lib/cx';
import { channelMessages, KIND_GROUPS, KIND_TEXTS } from './messages';

const wordsOf = (text: string) =>
  text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);

/** Whether the text has it as it is, or words that begin with each of its. */
function matches(text: string, wanted: string): boolean {
  const words = wordsOf(text);
  return (
    text.toLowerCase().includes(wanted.toLowerCase()) ||
    wordsOf(wanted).every((start) => words.some((word) => word.startsWith(start)))
  );
}

/** The groups with what of them matches, by their own names too. */
const matching = (wanted: string, among: readonly ChannelKind[] = channelKindValues) =>
  KIND_GROUPS.map(({ label: group, kinds }) => ({
    label: group,
    kinds: kinds.filter((kind) => {
      if (!among.includes(kind)) return false;
      const { label, about, also = '' } = KIND_TEXTS[kind];
      return matches(`${label} ${about} ${also} ${group}`, wanted);
    }),
  })).filter(({ kinds }) => kinds.length > 0);

/** What Enter takes: one that is called so, rather than one whose group is. */
function firstOf(groups: ReturnType<typeof matching>, wanted: string): ChannelKind | undefined {
  const found = groups.flatMap(({ kinds }) => kinds);
  return found.find((kind) => matches(KIND_TEXTS[kind].label, wanted)) ?? found[0];
}

/** Of the options beside this one, the nearest. */
function beside(options: HTMLElement[], from: HTMLElement, step: number): HTMLElement | undefined {
  const { left, top } = from.getBoundingClientRect();
  const distance = (option: HTMLElement) => Math.abs(option.getBoundingClientRect().top - top);
  return options
    .filter((option) => (option.getBoundingClientRect().left - left) * step > 0)
    .sort((a, b) => distance(a) - distance(b))[0];
}

/** Offered where nothing matches. */
const FALLBACK: ReturnType<typeof matching> = [{ label: channelMessages.instead, kinds: ['webhook'] }];

interface OptionProps {
  kind: ChannelKind;
  isCurrent: boolean;
  /** Whether Enter in the search takes it. */
  isFirst: boolean;
  onChoose: (kind: ChannelKind) => void;
}

function Option({ kind, isCurrent, isFirst, onChoose }: OptionProps) {
  const id = useId();
  const { label, about } = KIND_TEXTS[kind];
  return (
    <li>
      <button
        type="button"
        aria-labelledby={`${id}-label`}
        aria-describedby={`${id}-about`}
        aria-current={isCurrent || undefined}
        data-first={isFirst || undefined}
        onClick={() => onChoose(kind)}
        className={cx(
          'flex min-h-11 w-full items-center gap-2 rounded-lg px-3 py-1.5 text-left transition-colors hover:bg-sunken',
          isFirst && 'bg-sunken',
        )}
      >
        <span className="min-w-0 flex-1">
          <span id={`${id}-label`} className="block font-medium text-sm">
            {label}
          </span>
          <span id={`${id}-about`} className="block text-ink-soft text-xs">
            {about}
          </span>
        </span>
        {isCurrent && <Check className="size-4 shrink-0" aria-hidden />}
      </button>
    </li>
  );
}

interface Props {
  /** The one that was chosen before. */
  current: ChannelKind | null;
  /** Which are offered; all by default. */
  kinds?: readonly ChannelKind[] | undefined;
  onChoose: (kind: ChannelKind) => void;
}

/** The kinds of channels in groups, with a search. The arrow keys go through them. */
export function KindPicker({ current, kinds: among, onChoose }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const found = matching(text, among);
  const groups = found.length > 0 ? found : FALLBACK;
  const first = text === '' ? undefined : firstOf(found, text);

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const from = event.target as HTMLElement;
    const isInSearch = from instanceof HTMLInputElement;
    if (event.key === 'Enter' && isInSearch) {
      event.preventDefault();
      if (first) onChoose(first);
    }
    const options = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
    const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, button')];
    const at = stops.indexOf(from);
    const moves: Record<string, () => HTMLElement | undefined> = isInSearch
      ? { ArrowDown: () => options.find(({ dataset }) => dataset.first) ?? options[0] }
      : {
          ArrowDown: () => stops[at + 1],
          ArrowUp: () => stops[at - 1],
          ArrowLeft: () => beside(options, from, -1),
          ArrowRight: () => beside(options, from, 1),
          Home: () => options[0],
          End: () => options.at(-1),
        };
    const target = moves[event.key]?.();
    if (!target) return;
    event.preventDefault();
    target.focus();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of what is in it
    <div className="grid grid-cols-1 gap-4" onKeyDown={onKeyDown}>
      <SearchBox
        value={text}
        onChange={setText}
        delay={0}
        label={channelMessages.search}
        placeholder={channelMessages.searchExample}
      />
      <p role="status" className="text-ink-soft text-sm empty:hidden">
        {found.length === 0 && channelMessages.noTypes}
      </p>
      <div className="-mx-3 gap-x-4 sm:columns-2">
        {groups.map(({ label, kinds }) => (
          <section
            key={label}
            aria-labelledby={`${id}-${label}`}
            className="mb-4 break-inside-avoid last:mb-0"
          >
            <h3 id={`${id}-${label}`} className="mx-3 mb-1 border-line border-b pb-1.5 font-semibold text-xs">
              {label}
            </h3>
            <ul>
              {kinds.map((kind) => (
                <Option
                  key={kind}
                  kind={kind}
                  isCurrent={kind === current}
                  isFirst={kind === first}
                  onChoose={onChoose}
                />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}
