import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { OnCallOverride } from '@/api/models';
import { deleteOverride } from '@/api/on-call';
import { useCan } from '@/api/use-session';
import { IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { Section } from '@/components/page';
import { toastSuccess } from '@/components/toasts';
import { useNow } from '@/lib/now';
import { takeOverMessages as messages, momentRange, onCallMessages } from './messages';
import { nameOf } from './people';

function DeleteOverride({
  schedule,
  override,
  onClose,
}: {
  schedule: number;
  override: OnCallOverride;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteOverride(schedule, override.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.onCall });
      toastSuccess(messages.deleted);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={messages.confirmDelete}
      action={messages.delete}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}

interface Props {
  schedule: number;
  overrides: readonly OnCallOverride[];
  zone: string;
}

/** The overrides that are not over. */
export function Overrides({ schedule, overrides, zone }: Props) {
  const now = useNow();
  const canDelete = useCan('takeOver');
  const [deleting, setDeleting] = useState<OnCallOverride | null>(null);
  const current = overrides
    .filter(({ until }) => Date.parse(until) > now)
    .sort((a, b) => a.from.localeCompare(b.from));
  return (
    <Section title={onCallMessages.overrides}>
      {current.length === 0 ? (
        <p className="text-ink-soft text-sm">{onCallMessages.noOverrides}</p>
      ) : (
        <ul aria-label={onCallMessages.overrides} className="card divide-y divide-line">
          {current.map((override) => (
            <li key={override.id} className="flex items-center gap-4 px-5 py-3">
              <div className="min-w-0 flex-1">
                <p className="break-words font-medium text-sm">{nameOf(override)}</p>
                <p className="text-ink-soft text-xs">
                  {momentRange({ from: Date.parse(override.from), until: Date.parse(override.until) }, zone)}
                </p>
              </div>
              {canDelete && (
                <IconButton label={messages.deleteOf(nameOf(override))} onClick={() => setDeleting(override)}>
                  <Trash2 className="size-4" aria-hidden />
                </IconButton>
              )}
            </li>
          ))}
        </ul>
      )}
      {deleting && (
        <DeleteOverride schedule={schedule} override={deleting} onClose={() => setDeleting(null)} />
      )}
    </Section>
  );
}
