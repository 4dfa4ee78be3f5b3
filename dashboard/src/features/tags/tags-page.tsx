import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Pencil, Plus, TagIcon, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { Tag } from '@/api/models';
import { deleteTag, tagsQuery } from '@/api/tags';
import { useCan } from '@/api/use-session';
import { BackLink } from '@/components/back-link';
import { Button, IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, useWhyNot } from '@/components/require-permission';
import { TagDot } from '@/components/tags';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { tagMessages } from '@/messages/tags';
import { PAGE_TITLES } from '@/messages/terms';
import { tagPageMessages as messages } from './messages';
import { TagDialog } from './tag-dialog';

interface RowProps {
  tag: Tag;
  canEdit: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function TagRow({ tag, canEdit, onEdit, onDelete }: RowProps) {
  return (
    <li className="flex items-center gap-3 px-5 py-3">
      <TagDot colour={tag.colour} />
      <div className="min-w-0 flex-1">
        <Link
          to="/"
          search={{ tag: tag.name }}
          className="break-words font-semibold underline-offset-4 hover:underline"
        >
          {tag.name}
        </Link>
        <p className="text-ink-soft text-xs">{tagMessages.usedBy(tag.monitors)}</p>
      </div>
      {canEdit && (
        <>
          <IconButton label={common.edit(tag.name)} onClick={onEdit}>
            <Pencil className="size-4" aria-hidden />
          </IconButton>
          <IconButton label={common.remove(tag.name)} onClick={onDelete}>
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        </>
      )}
    </li>
  );
}

function DeleteDialog({ tag, onClose }: { tag: Tag; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteTag(tag.id),
    onSuccess() {
      toastSuccess(common.removed(tag.name));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.tags }),
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(tag.name)}
      action={messages.deleteAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.removedFrom(tag.monitors)}
    </ConfirmDialog>
  );
}

export function TagsPage() {
  const canEdit = useCan('manageTags');
  const whyNot = useWhyNot('manageTags');
  const query = useQuery(tagsQuery);
  /** Null for a new tag. */
  const [editing, setEditing] = useState<{ tag: Tag | null } | null>(null);
  const [deleting, setDeleting] = useState<Tag | null>(null);
  const add = canEdit && (
    <Button variant="primary" onClick={() => setEditing({ tag: null })}>
      <Plus className="size-4" aria-hidden />
      {messages.add}
    </Button>
  );
  return (
    <>
      <BackLink to="/">{PAGE_TITLES.monitors}</BackLink>
      <PageHeader title={tagMessages.tags}>{add}</PageHeader>
      <QueryView query={query} loading={<Loading rows={3} />}>
        {(tags) =>
          tags.length === 0 ? (
            <EmptyState icon={TagIcon} title={messages.none} action={add}>
              {whyNot ?? messages.noneHint}
            </EmptyState>
          ) : (
            <>
              <p className="mb-4 text-pretty text-ink-soft text-sm">{messages.about}</p>
              <ul aria-label={tagMessages.tags} className="card divide-y divide-line">
                {tags.map((tag) => (
                  <TagRow
                    key={tag.id}
                    tag={tag}
                    canEdit={canEdit}
                    onEdit={() => setEditing({ tag })}
                    onDelete={() => setDeleting(tag)}
                  />
                ))}
              </ul>
              <PermissionNote permission="manageTags" />
            </>
          )
        }
      </QueryView>
      {editing && <TagDialog tag={editing.tag} onClose={() => setEditing(null)} />}
      {deleting && <DeleteDialog tag={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
