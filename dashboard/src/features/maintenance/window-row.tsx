import { ChevronRight, Pencil, Trash2 } from 'lucide-react';
import { useId } from 'react';
import type { MaintenanceWindow } from '@/api/models';
import type { Occurrence, ScheduledWindow } from '@/api/occurrence';
import { Button, IconButton } from '@/components/button';
import { MonitorNames } from '@/components/monitor-names';
import { ItemHistoryIcon } from '@/components/versions/item-links';
import { cx } from '@/lib/cx';
import { formatRange } from '@/lib/format';
import { alternatives } from '@/messages/alerting';
import { common } from '@/messages/common';
import { describeSchedule } from '@/messages/windows';
import { describePhase, windowMessages as messages, occurrenceMessages } from './messages';
import { OccurrenceList } from './occurrence-list';

/** Monitors by name, and those that have a tag. */
function Coverage({ monitors, tags }: Pick<MaintenanceWindow, 'monitors' | 'tags'>) {
  const tagged = tags.length > 0 && messages.tagged(alternatives(tags));
  return (
    <>
      {(monitors.length > 0 || !tagged) && <MonitorNames ids={monitors} all={messages.allMonitors} />}
      {monitors.length > 0 && tagged && ' · '}
      {tagged && <span className="first-letter:uppercase">{tagged}</span>}
    </>
  );
}

function OccurrenceTime({ occurrence, now }: { occurrence: Occurrence; now: number }) {
  const { phase, from, until } = occurrence;
  return (
    <div className="min-w-0 text-sm max-sm:flex-1 max-sm:basis-48 sm:text-right">
      <p className={phase === 'active' ? 'font-semibold text-pending' : ''}>
        {describePhase(occurrence, now)}
      </p>
      <p className="text-ink-soft text-xs">{formatRange(from, until)}</p>
    </div>
  );
}

interface Props extends ScheduledWindow {
  now: number;
  /** Whether its occurrences are shown. */
  isOpen: boolean;
  onToggle: () => void;
  canEdit: boolean;
  onEdit: (window: MaintenanceWindow) => void;
  onDelete: (window: MaintenanceWindow) => void;
}

export function WindowRow({ window, phase, occurrence, now, ...props }: Props) {
  const { isOpen, onToggle, canEdit, onEdit, onDelete } = props;
  const id = useId();
  const hasOccurrences = !('error' in window) && phase !== 'past';
  return (
    <li className="relative flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-4">
      {occurrence?.phase === 'active' && (
        <span aria-hidden className="absolute inset-y-0 left-0 w-1 bg-pending" />
      )}
      <div className="min-w-0 flex-1 basis-64">
        <p className="break-words font-semibold">{window.name}</p>
        {'error' in window ? (
          <p className="text-down text-sm first-letter:uppercase">{window.error}</p>
        ) : (
          <p className="text-ink-soft text-sm">{describeSchedule(window)}</p>
        )}
        <p className="break-words text-ink-soft text-xs">
          <Coverage {...window} />
        </p>
      </div>
      {occurrence && <OccurrenceTime occurrence={occurrence} now={now} />}
      <div className="ml-auto flex gap-1 empty:hidden">
        {hasOccurrences && (
          <Button
            variant="ghost"
            className="px-2.5"
            aria-label={occurrenceMessages.showOf(window.name)}
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            onClick={onToggle}
          >
            <ChevronRight className={cx('size-4 transition-transform', isOpen && 'rotate-90')} aria-hidden />
            {occurrenceMessages.show}
          </Button>
        )}
        {!canEdit && <ItemHistoryIcon kind="maintenance-windows" id={window.id} name={window.name} />}
        {canEdit && (
          <>
            <IconButton label={common.edit(window.name)} onClick={() => onEdit(window)}>
              <Pencil className="size-4" aria-hidden />
            </IconButton>
            <IconButton label={common.remove(window.name)} onClick={() => onDelete(window)}>
              <Trash2 className="size-4" aria-hidden />
            </IconButton>
          </>
        )}
      </div>
      {hasOccurrences && isOpen && <OccurrenceList id={id} window={window} now={now} canEdit={canEdit} />}
    </li>
  );
}
