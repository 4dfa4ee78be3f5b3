import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { keys } from '@/api/keys';
import { ApiError } from '@/api/problem';
import { useIsNarrowed } from '@/api/use-session';
import { type RestorePreview, restorePreviewQuery, restoreVersion } from '@/api/versions';
import { Button } from '@/components/button';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { ErrorNotice } from '@/components/notice';
import { Loading, QueryView } from '@/components/query';
import { toastSuccess } from '@/components/toasts';
import { restoreMessages as messages } from '@/messages/versions';
import { Differences } from './differences';
import { problemsAt, type Row } from './rows';
import type { Trail } from './trail';

function useRestore({ subject, name, onRestored, toHistory }: Trail, version: number, onStale: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ item }: RestorePreview) => restoreVersion(subject, item, version),
    async onSuccess(item) {
      void client.invalidateQueries({ queryKey: keys.versions(subject.kind, subject.id) });
      onRestored(item);
      toastSuccess(messages.done(version, item.name.trim() || name));
      await toHistory();
    },
    onError(error) {
      if (error instanceof ApiError && error.isStale) onStale();
    },
  });
}

interface ContentProps {
  trail: Trail;
  preview: RestorePreview;
  rows: readonly Row[];
  error: unknown;
}

/** What would change, with what the server has against it. */
function Content({ trail, preview: { current, differences }, rows, error }: ContentProps) {
  const problems = error instanceof ApiError ? error.fields : [];
  const { atRows, others } = problemsAt(rows, problems);
  const nothing = useIsNarrowed() ? messages.nothingSeen : messages.nothing;
  const note = trail.noteOf?.(differences) ?? null;
  const inWords = (field: string, message: string) => {
    const label = trail.labelOf(field);
    return label === null ? message : messages.problem(label, message);
  };
  return (
    <>
      <p className="text-pretty text-ink-soft text-sm">
        {rows.length > 0 ? messages.about(current, trail.texts.kept) : nothing}
      </p>
      {note !== null && <p className="text-pretty text-sm">{note}</p>}
      {error != null && (
        <ErrorNotice error={error}>
          {others.length > 0 && (
            <ul className="mt-1 grid gap-1">
              {others.map(({ field, message }) => (
                <li key={field} className="wrap-anywhere">
                  {inWords(field, message)}
                </li>
              ))}
            </ul>
          )}
          {error instanceof ApiError && error.isStale && <p className="mt-1">{messages.reloaded}</p>}
        </ErrorNotice>
      )}
      {rows.length > 0 && <Differences label={messages.changes} rows={rows} problems={atRows} />}
    </>
  );
}

interface Props {
  trail: Trail;
  version: number;
  onClose: () => void;
}

/** Asks before a version is restored, and shows what that would change now. */
export function RestoreDialog({ trail, version, onClose }: Props) {
  const { subject, Rows } = trail;
  const preview = useQuery(restorePreviewQuery(subject, version));
  const client = useQueryClient();
  const restore = useRestore(trail, version, () => {
    void preview.refetch();
    void client.invalidateQueries({ queryKey: keys.versions(subject.kind, subject.id) });
  });
  const { data, isFetching } = preview;
  const restorable = data && data.differences.length > 0 ? data : null;
  return (
    <FormDialog title={messages.title(version)} onClose={onClose}>
      <div className="grid grid-cols-1 gap-4 pb-6">
        <QueryView query={preview} loading={<Loading rows={2} />}>
          {(shown) => (
            <Rows differences={shown.differences} definition={shown.item}>
              {({ rows }) => <Content trail={trail} preview={shown} rows={rows} error={restore.error} />}
            </Rows>
          )}
        </QueryView>
      </div>
      <FormActions>
        <CancelButton />
        {restorable && (
          <Button
            variant="primary"
            busy={restore.isPending || isFetching}
            onClick={() => restore.mutate(restorable)}
          >
            {messages.confirm}
          </Button>
        )}
      </FormActions>
    </FormDialog>
  );
}
