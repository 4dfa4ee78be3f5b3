import { CircleStop, Pencil } from 'lucide-react';
import type { Silence } from '@/api/models';
import { Button, IconButton } from '@/components/button';
import { ConditionChips } from '@/components/condition-chips';
import { areEmpty } from '@/components/conditions-form';
import { MonitorNames } from '@/components/monitor-names';
import { useTagName } from '@/components/use-tag-name';
import { formatDateTime, formatRange } from '@/lib/format';
import { describeConditions } from '@/messages/alerting';
import { describeTime, silenceMessages as messages, stateOf } from './messages';

/** What it is of: monitors, and which of their incidents. */
function Coverage({ silence: { monitors, conditions, error } }: { silence: Silence }) {
  const tagName = useTagName();
  if (error) {
    return (
      <p className="text-down text-sm">
        <span className="inline-block first-letter:uppercase">{error}.</span> {messages.unreadable}
      </p>
    );
  }
  const texts = describeConditions(conditions ?? {}, tagName);
  const isOfAll = monitors.length === 0 && areEmpty(conditions ?? {});
  return (
    <>
      <p className="break-words text-sm">
        {isOfAll ? messages.everything : <MonitorNames ids={monitors} all={messages.allMonitors} />}
      </p>
      {texts.length > 0 && <ConditionChips texts={texts} />}
    </>
  );
}

interface Props {
  silence: Silence;
  now: number;
  canEdit: boolean;
  onEdit: () => void;
  onEnd: () => void;
}

export function SilenceRow({ silence, now, canEdit, onEdit, onEnd }: Props) {
  const { reason, starts_at: from, ends_at: until, created_by: by, created_at: at } = silence;
  const state = stateOf(silence, now);
  const isActive = state === 'active';
  return (
    <li className="relative flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-4">
      {isActive && <span aria-hidden className="absolute inset-y-0 left-0 w-1 bg-pending" />}
      <div className="grid min-w-0 flex-1 basis-72 gap-1">
        <p className="line-clamp-3 break-words font-semibold" title={reason}>
          {reason}
        </p>
        <Coverage silence={silence} />
        <p className="text-ink-soft text-xs" title={formatDateTime(at)}>
          {messages.createdBy(by)}
        </p>
      </div>
      <div className="min-w-0 text-sm max-sm:flex-1 max-sm:basis-48 sm:text-right">
        <p className={isActive ? 'font-semibold text-pending' : ''}>{describeTime(silence, now)}</p>
        <p className="text-ink-soft text-xs">{formatRange(Date.parse(from), Date.parse(until))}</p>
      </div>
      {canEdit && state !== 'ended' && (
        <div className="ml-auto flex items-center gap-1">
          <IconButton label={messages.editOf(reason)} onClick={onEdit}>
            <Pencil className="size-4" aria-hidden />
          </IconButton>
          <Button aria-label={(isActive ? messages.endOf : messages.cancelOf)(reason)} onClick={onEnd}>
            <CircleStop className="size-4" aria-hidden />
            {isActive ? messages.end : messages.cancel}
          </Button>
        </div>
      )}
    </li>
  );
}
