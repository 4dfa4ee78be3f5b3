import { Check } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import type { ChannelKind } from '@/api/models';
import { SearchBox } from '@/components/search-box';
import { cx } from '@/lib/cx';
import { channelMessages, KIND_GROUPS, KIND_TEXTS } from './messages';

/** The groups with what of them matches, by their own names too. */
function matching(text: string) {
  const wanted = text.toLowerCase();
  return KIND_GROUPS.map(({ label: group, kinds }) => ({
    label: group,
    kinds: kinds.filter((kind) => {
      const { label, about } = KIND_TEXTS[kind];
      return `${label} ${about} ${group}`.toLowerCase().includes(wanted);
    }),
  })).filter(({ kinds }) => kinds.length > 0);
}

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
  onChoose: (kind: ChannelKind) => void;
}

/** The kinds of channels in groups, with a search. The arrow keys go through them. */
export function KindPicker({ current, onChoose }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const groups = matching(text);
  const first = text === '' ? undefined : groups[0]?.kinds[0];

  function onKeyDown(event: KeyboardEvent) {
    const isInSearch = event.target instanceof HTMLInputElement;
    if (event.key === 'Enter' && isInSearch) {
      event.preventDefault();
      if (first) onChoose(first);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, button')];
    stops[stops.indexOf(event.target as HTMLElement) + step]?.focus();
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
      <p role="status" className="text-ink-soft text-sm empty:hidden">
        {groups.length === 0 && channelMessages.noTypes}
      </p>
    </div>
  );
}
