import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { keys } from '@/api/keys';
import { nameOf } from '@/api/monitors';
import { ApiError } from '@/api/problem';
import { type RestorePreview, restorePreviewQuery, restoreVersion } from '@/api/versions';
import { Button } from '@/components/button';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { ErrorNotice } from '@/components/notice';
import { Loading, QueryView } from '@/components/query';
import { toastSuccess } from '@/components/toasts';
import { Differences } from './differences';
import { fieldAt, isKnown } from './fields';
import { restoreMessages as messages } from './messages';
import { problemsAt, rowsOf } from './rows';
import { useNames } from './use-names';

function useRestore(monitorId: number, version: number, onStale: () => void) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ monitor }: RestorePreview) => restoreVersion(monitor, version),
    async onSuccess(monitor) {
      client.setQueryData(keys.monitor(monitorId), monitor);
      for (const queryKey of [
        keys.versions(monitorId),
        keys.heartbeat(monitorId),
        keys.allAlertRoutesOf,
        keys.monitorLists,
        keys.allMonitorNames,
        keys.summary,
        keys.incidents,
      ]) {
        void client.invalidateQueries({ queryKey });
      }
      toastSuccess(messages.done(version, nameOf(monitor)));
      await navigate({ to: '/monitors/$monitorId/history', params: { monitorId } });
    },
    onError(error) {
      if (error instanceof ApiError && error.isStale) onStale();
    },
  });
}

/** What restoring does to the checks, where it pauses or resumes the monitor. */
function pauseNote(differences: RestorePreview['differences']): string | null {
  const paused = differences.find(({ field }) => field === 'paused');
  if (!paused) return null;
  return paused.after === true ? messages.pauses : messages.resumes;
}

interface ContentProps {
  preview: RestorePreview;
  error: unknown;
}

/** What would change, with what the server has against it. */
function Content({ preview: { monitor, current, differences }, error }: ContentProps) {
  const names = useNames(differences);
  const kind = monitor.kind ?? 'http';
  const rows = rowsOf(differences, kind, names);
  const problems = error instanceof ApiError ? error.fields : [];
  const { atRows, others } = problemsAt(rows, problems);
  const note = pauseNote(differences);
  return (
    <>
      <p className="text-pretty text-ink-soft text-sm">
        {rows.length > 0 ? messages.about(current) : messages.nothing}
      </p>
      {note !== null && <p className="text-pretty text-sm">{note}</p>}
      {error != null && (
        <ErrorNotice error={error}>
          {others.length > 0 && (
            <ul className="mt-1 grid gap-1">
              {others.map(({ field, message }) => (
                <li key={field} className="wrap-anywhere">
                  {isKnown(field) ? messages.problem(fieldAt(field, kind).label, message) : message}
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
  monitorId: number;
  version: number;
  onClose: () => void;
}

/** Asks before a version is restored, and shows what that would change now. */
export function RestoreDialog({ monitorId, version, onClose }: Props) {
  const preview = useQuery(restorePreviewQuery(monitorId, version));
  const client = useQueryClient();
  const restore = useRestore(monitorId, version, () => {
    void preview.refetch();
    void client.invalidateQueries({ queryKey: keys.versions(monitorId) });
  });
  const { data, isFetching } = preview;
  const restorable = data && data.differences.length > 0 ? data : null;
  return (
    <FormDialog title={messages.title(version)} onClose={onClose}>
      <div className="grid grid-cols-1 gap-4 pb-6">
        <QueryView query={preview} loading={<Loading rows={2} />}>
          {(shown) => <Content preview={shown} error={restore.error} />}
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
