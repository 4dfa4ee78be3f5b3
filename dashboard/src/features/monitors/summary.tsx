import type { State, Summary as SummaryData } from '@/api/types';
import { STATE_LOOKS, StateIcon } from '@/components/state';
import { cx } from '@/lib/cx';
import { formatCount } from '@/lib/format';

const ORDER: State[] = ['down', 'degraded', 'up', 'pending', 'paused'];

const some = (count: number) => (count === 1 ? '1 monitor is' : `${formatCount(count)} monitors are`);

/** The one sentence that the whole page is opened for. */
function verdict({ up, degraded, down, pending, paused }: SummaryData): { state: State; text: string } {
  if (down > 0) return { state: 'down', text: `${some(down)} DOWN` };
  if (degraded > 0) return { state: 'degraded', text: `${some(degraded)} DEGRADED` };
  if (up > 0 && pending + paused === 0) return { state: 'up', text: 'All monitors are UP' };
  if (up > 0) return { state: 'up', text: `${some(up)} UP, none DOWN` };
  if (pending > 0) return { state: 'pending', text: 'Waiting for the first results' };
  return { state: 'paused', text: 'All monitors are PAUSED' };
}

interface Props {
  data: SummaryData;
  chosen: State | undefined;
  onChoose: (state: State | undefined) => void;
}

export function Summary({ data, chosen, onChoose }: Props) {
  if (ORDER.every((state) => data[state] === 0)) return null;
  const { state, text } = verdict(data);
  const incidents = data.open_incidents;
  return (
    <section aria-label="Summary" className="card overflow-hidden">
      <div className="flex items-center gap-4 px-5 py-5">
        <StateIcon state={state} className="size-9 shrink-0" />
        <div>
          <p role="status" className="font-semibold text-xl tracking-tight">
            {text}
          </p>
          <p className="text-ink-soft text-sm">
            {incidents === 1 ? '1 open incident' : `${incidents === 0 ? 'No' : incidents} open incidents`}
            {' · '}
            {formatCount(data.checks_last_hour)} checks in the last hour
          </p>
        </div>
      </div>
      <fieldset
        aria-label="Show only one state"
        className="grid grid-cols-3 gap-px border-line border-t bg-line sm:grid-cols-5"
      >
        {ORDER.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={chosen === each}
            onClick={() => onChoose(chosen === each ? undefined : each)}
            className={cx(
              'flex items-center gap-2 px-5 py-3 text-left transition-colors -outline-offset-2',
              'last:max-sm:col-span-2',
              chosen === each ? 'bg-ink text-paper' : 'bg-surface hover:bg-sunken',
            )}
          >
            <span className="font-semibold text-lg">{formatCount(data[each])}</span>
            <span
              className={cx(
                'font-medium text-xs tracking-wide',
                chosen === each ? 'text-paper' : data[each] > 0 ? STATE_LOOKS[each].text : 'text-ink-soft',
              )}
            >
              {STATE_LOOKS[each].label}
            </span>
          </button>
        ))}
      </fieldset>
    </section>
  );
}
