import { cx } from '@/lib/cx';
import { segmentsOf } from '@/lib/words';
import { commandMessages as messages } from '@/messages/command';
import { RelativeTime } from '../time';
import type { Entry, Section } from './entries';

function Highlighted({ text, words }: { text: string; words: readonly string[] }) {
  return segmentsOf(text, words).map(({ text: segment, isMatch, at }) =>
    isMatch ? (
      <mark key={at} className="rounded-xs bg-pending/20 font-semibold text-inherit">
        {segment}
      </mark>
    ) : (
      <span key={at}>{segment}</span>
    ),
  );
}

interface OptionProps {
  id: string;
  entry: Entry;
  words: readonly string[];
  isActive: boolean;
  onSelect: () => void;
  onChoose: () => void;
}

/** The focus stays in the text field, which says which option is active. */
function Option({ id, entry, words, isActive, onSelect, onChoose }: OptionProps) {
  const { title, detail, at, isOngoing } = entry;
  return (
    <button
      type="button"
      id={id}
      role="option"
      aria-selected={isActive}
      tabIndex={-1}
      onPointerMove={() => !isActive && onSelect()}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onChoose}
      className={cx(
        'flex min-h-10 w-full min-w-0 flex-col justify-center rounded-lg px-3 py-1.5 text-left text-sm',
        isActive ? 'bg-sunken' : entry.isDeliberate && 'hover:bg-sunken',
      )}
    >
      <span className="flex w-full min-w-0 items-baseline gap-3">
        <span className="min-w-0 flex-1 truncate">
          <Highlighted text={title} words={words} />
        </span>
        {isOngoing && <span className="shrink-0 text-down text-xs">{messages.ongoing}</span>}
        {at && (
          <span className="shrink-0 text-ink-soft text-xs">
            <RelativeTime at={at} />
          </span>
        )}
      </span>
      {detail && (
        <span className="wrap-anywhere line-clamp-2 w-full text-ink-soft text-xs">
          <Highlighted text={detail} words={words} />
        </span>
      )}
    </button>
  );
}

interface Props {
  listId: string;
  sections: readonly Section[];
  words: readonly string[];
  activeId: string | undefined;
  optionId: (entry: Entry) => string;
  isStale: boolean;
  /** What is shown where there are no sections. The menu announces it. */
  empty: string;
  onSelect: (entry: Entry) => void;
  onChoose: (entry: Entry) => void;
}

export function Results(props: Props) {
  const { listId, sections, words, activeId, optionId, isStale, empty, onSelect, onChoose } = props;
  if (sections.length === 0) {
    return (
      <p className="px-5 py-8 text-center text-ink-soft text-sm" aria-hidden>
        {empty}
      </p>
    );
  }
  return (
    <div
      id={listId}
      role="listbox"
      tabIndex={-1}
      aria-label={messages.results}
      aria-busy={isStale}
      className="min-h-0 overflow-y-auto overscroll-contain p-2 outline-none"
    >
      {sections.map(({ id, title, entries, hasMore }) => (
        <fieldset
          key={id}
          aria-label={title}
          aria-describedby={hasMore ? `${listId}-more-${id}` : undefined}
          className="min-w-0 pb-1.5"
        >
          <p className="px-3 pt-1.5 pb-1 font-medium text-ink-soft text-xs" aria-hidden>
            {title}
            {hasMore && (
              <span className="font-normal">
                {' · '}
                <span id={`${listId}-more-${id}`}>{messages.more}</span>
              </span>
            )}
          </p>
          {entries.map((entry) => (
            <Option
              key={entry.id}
              id={optionId(entry)}
              entry={entry}
              words={words}
              isActive={optionId(entry) === activeId}
              onSelect={() => onSelect(entry)}
              onChoose={() => onChoose(entry)}
            />
          ))}
        </fieldset>
      ))}
    </div>
  );
}
