import { Pencil, Trash2 } from 'lucide-react';
import type { MaintenanceWindow } from '@/api/models';
import { IconButton } from '@/components/button';
import { useMonitorName } from '@/components/use-monitor-name';
import { formatRange } from '@/lib/format';
import { common } from '@/messages/common';
import { pickerMessages } from '@/messages/monitor-picker';
import { describePhase, describeSchedule, windowMessages } from './messages';
import type { Occurrence, ScheduledWindow } from './occurrence';

const MAX_NAMES = 3;

function Monitors({ ids }: { ids: number[] }) {
  const named = ids.slice(0, MAX_NAMES);
  const monitorName = useMonitorName(named);
  if (ids.length === 0) return windowMessages.allMonitors;
  const names = named.map(monitorName).join(', ');
  return ids.length > MAX_NAMES ? pickerMessages.namesAndMore(names, ids.length - MAX_NAMES) : names;
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
  canEdit: boolean;
  onEdit: (window: MaintenanceWindow) => void;
  onDelete: (window: MaintenanceWindow) => void;
}

export function WindowRow({ window, occurrence, now, canEdit, onEdit, onDelete }: Props) {
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
          <Monitors ids={window.monitors} />
        </p>
      </div>
      {occurrence && <OccurrenceTime occurrence={occurrence} now={now} />}
      {canEdit && (
        <div className="ml-auto flex gap-1">
          <IconButton label={common.edit(window.name)} onClick={() => onEdit(window)}>
            <Pencil className="size-4" aria-hidden />
          </IconButton>
          <IconButton label={common.remove(window.name)} onClick={() => onDelete(window)}>
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        </div>
      )}
    </li>
  );
}
