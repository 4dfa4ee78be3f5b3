import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { MaintenanceOccurrence, MaintenanceWindow } from '@/api/models';
import { cancelOccurrence, occurrencesQuery, restoreOccurrence } from '@/api/windows';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { Loading, QueryView } from '@/components/query';
import { toastError, toastSuccess } from '@/components/toasts';
import { cx } from '@/lib/cx';
import { formatMoment, formatMomentRange } from '@/lib/format';
import { browserTimeZone, isTimeZone } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { recurrenceMessages } from '@/messages/windows';
import { occurrenceMessages as messages, OCCURRENCE_LABELS, type OccurrencePhase } from './messages';

function phaseOf({ starts_at, ends_at, state }: MaintenanceOccurrence, now: number): OccurrencePhase {
  if (state === 'cancelled') return 'cancelled';
  if (now >= Date.parse(ends_at)) return 'ended';
  return now < Date.parse(starts_at) ? 'scheduled' : 'active';
}

/** The clock by which a window is planned. */
const zoneOf = (window: MaintenanceWindow): string =>
  'time_zone' in window && isTimeZone(window.time_zone) ? window.time_zone : browserTimeZone();

interface EndProps {
  windowId: number;
  occurrence: MaintenanceOccurrence;
  onClose: () => void;
}

function EndOccurrence({ windowId, occurrence, onClose }: EndProps) {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => cancelOccurrence(windowId, occurrence.starts_at),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.windows });
      toastSuccess(messages.ended);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={messages.endTitle}
      action={messages.endAction}
      busy={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate()}
      onClose={onClose}
    >
      {messages.endHint}
    </ConfirmDialog>
  );
}

interface RowProps {
  windowId: number;
  occurrence: MaintenanceOccurrence;
  zone: string;
  now: number;
  canEdit: boolean;
  onEnd: () => void;
}

function OccurrenceRow({ windowId, occurrence, zone, now, canEdit, onEnd }: RowProps) {
  const client = useQueryClient();
  const { starts_at: from, ends_at: until } = occurrence;
  const phase = phaseOf(occurrence, now);
  const change = useMutation({
    mutationFn: (isRestored: boolean) => (isRestored ? restoreOccurrence : cancelOccurrence)(windowId, from),
    async onSuccess(_, isRestored) {
      await client.invalidateQueries({ queryKey: keys.windows });
      toastSuccess(isRestored ? messages.restored : messages.cancelled);
    },
    onError: (error, isRestored) =>
      toastError(isRestored ? messages.restoreFailed : messages.cancelFailed, error),
  });
  const start = formatMoment(from, zone);
  return (
    <li className="flex min-h-11 flex-wrap items-center gap-x-2 gap-y-1 py-1 text-sm sm:gap-x-4">
      <p className={cx('min-w-0 flex-1 basis-44', phase === 'cancelled' && 'text-ink-soft line-through')}>
        <time dateTime={from}>{formatMomentRange(from, until, zone)}</time>
      </p>
      <p
        className={cx(
          'text-xs',
          phase === 'active' ? 'font-semibold text-pending' : 'text-ink-soft',
          (phase === 'scheduled' || phase === 'cancelled') && 'max-sm:sr-only',
        )}
      >
        {OCCURRENCE_LABELS[phase]}
      </p>
      {canEdit && (
        <div className="-mr-2 flex min-w-18 justify-end">
          {phase === 'scheduled' && (
            <Button
              variant="ghost"
              className="px-2"
              busy={change.isPending}
              aria-label={messages.cancelOf(start)}
              onClick={() => change.mutate(false)}
            >
              {messages.cancel}
            </Button>
          )}
          {phase === 'active' && (
            <Button variant="ghost" className="px-2" aria-label={messages.endOf(start)} onClick={onEnd}>
              {messages.end}
            </Button>
          )}
          {phase === 'cancelled' && now < Date.parse(from) && (
            <Button
              variant="ghost"
              className="px-2"
              busy={change.isPending}
              aria-label={messages.restoreOf(start)}
              onClick={() => change.mutate(true)}
            >
              {common.restore}
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

interface Props {
  id: string;
  window: MaintenanceWindow;
  now: number;
  canEdit: boolean;
}

/** The current occurrence of a window and those to come, each of which can be cancelled. */
export function OccurrenceList({ id, window, now, canEdit }: Props) {
  const query = useQuery(occurrencesQuery(window.id));
  const [ending, setEnding] = useState<MaintenanceOccurrence | null>(null);
  const zone = zoneOf(window);
  return (
    <div id={id} className="basis-full rounded-lg bg-sunken/60 px-4 py-2">
      <QueryView query={query} loading={<Loading rows={3} className="h-9" />}>
        {(occurrences) =>
          occurrences.length === 0 ? (
            <p className="py-2 text-ink-soft text-sm">{messages.none}</p>
          ) : (
            <>
              <ol aria-label={messages.showOf(window.name)} className="divide-y divide-line">
                {occurrences.map((occurrence) => (
                  <OccurrenceRow
                    key={occurrence.starts_at}
                    windowId={window.id}
                    occurrence={occurrence}
                    zone={zone}
                    now={now}
                    canEdit={canEdit}
                    onEnd={() => setEnding(occurrence)}
                  />
                ))}
              </ol>
              <p className="py-1.5 text-ink-soft text-xs">{recurrenceMessages.inZone(zone)}</p>
            </>
          )
        }
      </QueryView>
      {ending && <EndOccurrence windowId={window.id} occurrence={ending} onClose={() => setEnding(null)} />}
    </div>
  );
}
