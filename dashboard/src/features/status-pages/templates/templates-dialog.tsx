import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { ReportTemplate } from '@/api/models';
import { deleteReportTemplate, reportTemplatesQuery } from '@/api/report-templates';
import { Button, IconButton } from '@/components/button';
import { ConfirmDialog, FormDialog } from '@/components/dialog';
import { Loading, QueryView } from '@/components/query';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { PlainText } from '../markdown';
import { ReportStatusBadge } from '../report-status';
import { templateMessages as messages } from './messages';
import { TemplateDialog } from './template-dialog';

interface DeleteProps {
  template: ReportTemplate;
  onClose: () => void;
}

function DeleteTemplate({ template: { id, name }, onClose }: DeleteProps) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteReportTemplate(id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.reportTemplates });
      toastSuccess(common.removed(name));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(name)}
      action={messages.deleteAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}

interface RowProps {
  template: ReportTemplate;
  onEdit: () => void;
  onDelete: () => void;
}

function TemplateRow({ template: { name, status, message }, onEdit, onDelete }: RowProps) {
  return (
    <li className="flex items-start gap-3 px-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="min-w-0 break-words font-semibold text-sm">{name}</span>
          <ReportStatusBadge status={status} />
        </p>
        <p className="mt-0.5 line-clamp-2 break-words text-ink-soft text-xs">
          <PlainText>{message}</PlainText>
        </p>
      </div>
      <div className="-my-1.5 -mr-2 flex">
        <IconButton label={common.edit(name)} onClick={onEdit}>
          <Pencil className="size-4" aria-hidden />
        </IconButton>
        <IconButton label={common.remove(name)} onClick={onDelete}>
          <Trash2 className="size-4" aria-hidden />
        </IconButton>
      </div>
    </li>
  );
}

type Opened = { edits: ReportTemplate | null } | { deletes: ReportTemplate };

/** The templates of the organisation, to be added, changed and deleted. */
export function TemplatesDialog({ onClose }: { onClose: () => void }) {
  const query = useQuery(reportTemplatesQuery);
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = () => setOpened(null);
  return (
    <FormDialog title={messages.title} onClose={onClose}>
      <QueryView query={query} loading={<Loading rows={2} className="h-16" />}>
        {({ items }) => (
          <div className="grid grid-cols-1 gap-4">
            <p className="text-pretty text-ink-soft text-sm">
              {items.length === 0 ? messages.none : messages.about}
            </p>
            {items.length > 0 && (
              <ul aria-label={messages.title} className="card divide-y divide-line overflow-hidden">
                {items.map((template) => (
                  <TemplateRow
                    key={template.id}
                    template={template}
                    onEdit={() => setOpened({ edits: template })}
                    onDelete={() => setOpened({ deletes: template })}
                  />
                ))}
              </ul>
            )}
            <div>
              <Button onClick={() => setOpened({ edits: null })}>
                <Plus className="size-4" aria-hidden />
                {messages.add}
              </Button>
            </div>
          </div>
        )}
      </QueryView>
      {opened && 'edits' in opened && <TemplateDialog template={opened.edits} onClose={close} />}
      {opened && 'deletes' in opened && <DeleteTemplate template={opened.deletes} onClose={close} />}
    </FormDialog>
  );
}
