import type { State, Summary as SummaryData } from '@/api/models';
import { STATE_STYLES, StateIcon } from '@/components/state';
import { cx } from '@/lib/cx';
import { formatCount } from '@/lib/format';
import { asOfMessages } from '@/messages/as-of';
import { ongoingCount } from '@/messages/incidents';
import { STATE_LABELS } from '@/messages/terms';
import { STATES_BY_URGENCY } from './groups';
import { checksLastHour, monitorMessages, overallState } from './messages';

interface Props {
  data: SummaryData;
  selected: State | undefined;
  onSelect: (state: State | undefined) => void;
}

export function Summary({ data, selected, onSelect }: Props) {
  if (STATES_BY_URGENCY.every((state) => data[state] === 0) && !data.not_known) return null;
  const { state, text } = overallState(data);
  return (
    <section aria-label="Summary" className="card overflow-hidden">
      <div className="flex items-center gap-4 px-5 py-5">
        <StateIcon state={state} className="size-9 shrink-0" />
        <div>
          <p role="status" className="font-semibold text-xl tracking-tight">
            {text}
          </p>
          <p className="text-ink-soft text-sm">
            {ongoingCount(data.open_incidents)} · {checksLastHour(data.checks_last_hour)}
            {data.not_known ? ` · ${asOfMessages.countNotKnown(data.not_known)}` : null}
          </p>
        </div>
      </div>
      <fieldset
        aria-label={monitorMessages.filterByState}
        className="grid grid-cols-3 gap-px border-line border-t bg-line sm:grid-cols-5"
      >
        {STATES_BY_URGENCY.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={selected === each}
            onClick={() => onSelect(selected === each ? undefined : each)}
            className={cx(
              'flex items-center gap-2 px-5 py-3 text-left transition-colors -outline-offset-2',
              'last:max-sm:col-span-2',
              selected === each ? 'bg-ink text-paper' : 'bg-surface hover:bg-sunken',
            )}
          >
            <span className="font-semibold text-lg">{formatCount(data[each])}</span>
            <span
              className={cx(
                'font-medium text-xs',
                selected === each ? 'text-paper' : data[each] > 0 ? STATE_STYLES[each].text : 'text-ink-soft',
              )}
            >
              {STATE_LABELS[each]}
            </span>
          </button>
        ))}
      </fieldset>
    </section>
  );
}
