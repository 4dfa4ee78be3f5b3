import { Pencil, Trash2 } from 'lucide-react';
import type { MaintenanceWindow } from '@/api/types';
import { IconButton } from '@/components/button';
import { formatDuration, formatRange } from '@/lib/format';
import { useMonitorName } from './use-monitor-name';
import type { Occurrence, Placed } from './window-time';
import { describeSpan } from './window-words';

const FEW = 3;

function Monitors({ ids }: { ids: number[] }) {
  const nameOf = useMonitorName();
  if (ids.length === 0) return 'All monitors';
  const named = ids.slice(0, FEW).map(nameOf).join(', ');
  return ids.length > FEW ? `${named} and ${ids.length - FEW} more` : named;
}

function When({ at: { phase, from, until }, now }: { at: Occurrence; now: number }) {
  return (
    <div className="min-w-0 text-sm max-sm:flex-1 max-sm:basis-48 sm:text-right">
      <p className={phase === 'active' ? 'font-semibold text-pending' : ''}>
        {phase === 'active' && `Open for another ${formatDuration((until - now) / 1_000)}`}
        {phase === 'coming' && `In ${formatDuration((from - now) / 1_000)}`}
        {phase === 'past' && `${formatDuration((now - until) / 1_000)} ago`}
      </p>
      <p className="text-ink-soft text-xs">{formatRange(from, until)}</p>
    </div>
  );
}

interface Props extends Placed {
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
        {window.error ? (
          <p className="text-down text-sm first-letter:uppercase">{window.error}</p>
        ) : (
          <p className="text-ink-soft text-sm">{describeSpan(window)}</p>
        )}
        <p className="break-words text-ink-soft text-xs">
          <Monitors ids={window.monitors} />
        </p>
      </div>
      {occurrence && <When at={occurrence} now={now} />}
      {canEdit && (
        <div className="ml-auto flex gap-1">
          <IconButton label={`Edit ${window.name}`} onClick={() => onEdit(window)}>
            <Pencil className="size-4" aria-hidden />
          </IconButton>
          <IconButton label={`Delete ${window.name}`} onClick={() => onDelete(window)}>
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        </div>
      )}
    </li>
  );
}
