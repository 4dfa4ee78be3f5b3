import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Bell, BellOff, BellRing, Clock, Pause, Play, TagIcon, Trash2, Wrench } from 'lucide-react';
import { useState } from 'react';
import type { BulkAnswer } from '@/api/models';
import { changeMany } from '@/api/monitors';
import { ApiError, asApiError } from '@/api/problem';
import { Button } from '@/components/button';
import { SelectionBar } from '@/components/selection-bar';
import { toastError, toastSuccess } from '@/components/toasts';
import { BulkAlertingDialog } from './alerting/bulk-alerting-dialog';
import {
  type BulkChange,
  BulkDeleteDialog,
  BulkIntervalDialog,
  BulkMaintenanceDialog,
  BulkTagsDialog,
} from './bulk-dialogs';
import { bulkMessages as messages } from './messages';

/** Says what came of it, and why the first of those failed that did. */
function report({ action }: BulkChange, { succeeded, failed, items }: BulkAnswer): void {
  if (succeeded > 0) {
    toastSuccess(action === 'delete' ? messages.deleted(succeeded) : messages.changed(succeeded));
  }
  const error = items.find((item) => item.error != null)?.error;
  if (!error) return;
  const [field] = error.errors ?? [];
  const detail = field ? `${field.field} ${field.message}` : error.detail;
  toastError(messages.failed(failed), new ApiError(error.status, error.title, detail));
}

const DIALOGS = {
  maintenance: BulkMaintenanceDialog,
  tags: BulkTagsDialog,
  interval: BulkIntervalDialog,
  alerting: BulkAlertingDialog,
  delete: BulkDeleteDialog,
};

interface Props {
  selected: ReadonlySet<number>;
  /** The monitors that are listed. */
  listed: number[];
  onSelect: (ids: number[]) => void;
}

/** What can be done with the monitors that are selected. */
export function BulkBar({ selected, listed, onSelect }: Props) {
  const client = useQueryClient();
  const [dialog, setDialog] = useState<keyof typeof DIALOGS | null>(null);
  const change = useMutation({
    mutationFn: (input: BulkChange) => changeMany([...selected], input),
    onSuccess(answer, input) {
      report(input, answer);
      const left = answer.items.filter((item) => item.error != null).map((item) => item.id);
      // What has failed stays selected, to be tried again.
      if (input.action === 'delete' || left.length > 0) onSelect(left.filter((id) => id !== null));
      setDialog(null);
    },
    onSettled: () => client.invalidateQueries(),
  });
  const run = (input: BulkChange) =>
    change.mutate(input, {
      onError: (error) => dialog === null && toastError(messages.failed(selected.size), error),
    });
  const count = selected.size;
  const Dialog = dialog && DIALOGS[dialog];
  const close = () => {
    change.reset();
    setDialog(null);
  };
  const action = (label: string, Icon: typeof Pause, onClick: () => void) => (
    <Button disabled={count === 0} aria-disabled={change.isPending || undefined} onClick={onClick}>
      <Icon className="size-4" aria-hidden />
      {label}
    </Button>
  );
  return (
    <SelectionBar messages={messages} count={count} selectable={listed} onSelect={onSelect}>
      {/* One line on a phone, where the bar would cover the list. */}
      <div className="-m-1 flex gap-2 p-1 max-sm:overflow-x-auto sm:flex-wrap">
        {action('Pause', Pause, () => run({ action: 'pause' }))}
        {action('Resume', Play, () => run({ action: 'resume' }))}
        {action('Mute', BellOff, () => run({ action: 'mute' }))}
        {action('Unmute', Bell, () => run({ action: 'unmute' }))}
        {action(messages.maintenance, Wrench, () => setDialog('maintenance'))}
        {action('Tags', TagIcon, () => setDialog('tags'))}
        {action('Interval', Clock, () => setDialog('interval'))}
        {action(messages.alerting, BellRing, () => setDialog('alerting'))}
        {action('Delete', Trash2, () => setDialog('delete'))}
      </div>
      {Dialog && (
        <Dialog
          selected={selected}
          busy={change.isPending}
          error={change.error && asApiError(change.error)}
          onRun={run}
          onClose={close}
        />
      )}
    </SelectionBar>
  );
}
