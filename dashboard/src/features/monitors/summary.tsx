import type { ReactNode } from 'react';
import type { State, Summary as SummaryData } from '@/api/models';
import { STATE_STYLES, StateIcon, type StateStyle } from '@/components/state';
import { cx } from '@/lib/cx';
import { formatCount } from '@/lib/format';
import { asOfMessages } from '@/messages/as-of';
import { STATE_LABELS } from '@/messages/terms';
import { STATES_BY_URGENCY } from './groups';
import { monitorMessages, overallState } from './messages';

interface CountProps {
  style: StateStyle;
  label: string;
  /** Null where it is not known. */
  count: number | null;
  isSelected: boolean;
  onToggle: () => void;
}

/** How many are in a state, and a filter by it. */
export function StateCount({ style: { icon: Icon, text }, label, count, isSelected, onToggle }: CountProps) {
  return (
    <button
      type="button"
      aria-pressed={isSelected}
      aria-label={count === null ? label : `${formatCount(count)} ${label}`}
      onClick={onToggle}
      className={cx(
        'inline-flex h-8 items-center gap-1.5 whitespace-nowrap rounded-lg px-2 text-xs transition-colors',
        isSelected ? 'bg-ink text-paper' : 'hover:bg-sunken',
      )}
    >
      <Icon
        className={cx('size-3.5', !isSelected && (count === 0 ? 'text-ink-soft/60' : text))}
        aria-hidden
      />
      {count !== null && <span className="font-semibold text-sm">{formatCount(count)}</span>}
      <span className={cx('font-medium', !isSelected && (count === 0 ? 'text-ink-soft' : text))}>
        {label}
      </span>
    </button>
  );
}

interface Props {
  data: SummaryData;
  selected: string | undefined;
  onSelect: (state: State | undefined) => void;
  /** A count that is not among those of the summary. */
  children?: ReactNode;
}

/** How everything is, and how many monitors are in which state, in one row. */
export function Summary({ data, selected, onSelect, children }: Props) {
  if (STATES_BY_URGENCY.every((state) => data[state] === 0) && !data.not_known) return null;
  const { state, text } = overallState(data);
  return (
    <section
      aria-label="Summary"
      className="flex min-w-0 flex-1 flex-wrap items-center gap-x-4 gap-y-1 max-lg:order-last max-lg:basis-full"
    >
      <div className="flex min-h-8 min-w-0 items-center gap-2">
        <StateIcon state={state} className="size-5 shrink-0" />
        <p role="status" className="font-semibold text-sm">
          {text}
        </p>
        {data.not_known ? (
          <p className="text-ink-soft text-xs">{asOfMessages.countNotKnown(data.not_known)}</p>
        ) : null}
      </div>
      <fieldset aria-label={monitorMessages.filterByState} className="-mx-2 flex flex-wrap">
        {STATES_BY_URGENCY.map((each) => (
          <StateCount
            key={each}
            style={STATE_STYLES[each]}
            label={STATE_LABELS[each]}
            count={data[each]}
            isSelected={selected === each}
            onToggle={() => onSelect(selected === each ? undefined : each)}
          />
        ))}
        {children}
      </fieldset>
    </section>
  );
}
