import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { FileArchive } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { Export } from '@/api/models';
import { downloadExport, exportAccount, exportOrganisation, exportsQuery } from '@/api/privacy';
import { saveBlob } from '@/lib/download';
import { privacyMessages as messages } from '@/messages/privacy';
import { Button } from './button';
import { Section } from './page';
import { ProofDialog } from './proof';
import { Loading, QueryView } from './query';
import { toastError, toastSuccess } from './toasts';

function DownloadDialog({ item, onClose }: { item: Export; onClose: () => void }) {
  const client = useQueryClient();
  return (
    <ProofDialog
      title={messages.downloadExport}
      action={messages.download}
      hint={messages.passwordHint}
      onSubmit={async (proof) => {
        saveBlob('export.zip', await downloadExport(item, proof));
        void client.invalidateQueries({ queryKey: keys.account });
      }}
      onClose={onClose}
    />
  );
}

function ExportRow({ item, onDownload }: { item: Export; onDownload: () => void }) {
  const { status, requested_at: requestedAt, expires_at: expiresAt, error } = item;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3.5">
      <FileArchive className="size-5 shrink-0 text-ink-soft" strokeWidth={1.5} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-sm">{messages.status[status]}</p>
        <p className="break-words text-ink-soft text-xs">
          {messages.requested(requestedAt)}
          {status === 'ready' && ` · ${messages.keptUntil(expiresAt)}`}
          {error && ` · ${error}`}
        </p>
      </div>
      {status === 'ready' && <Button onClick={onDownload}>{messages.download}</Button>}
    </li>
  );
}

/** Exports of an organisation, or of the account. */
export function Exports({ org = null }: { org?: number | null }) {
  const client = useQueryClient();
  const query = useQuery(exportsQuery);
  const [downloading, setDownloading] = useState<Export | null>(null);
  const start = useMutation({
    mutationFn: () => (org === null ? exportAccount() : exportOrganisation(org)),
    onSuccess: () => toastSuccess(messages.started),
    onError: (error) => toastError(messages.startFailed, error),
    onSettled: () => client.invalidateQueries({ queryKey: keys.account }),
  });
  return (
    <Section
      title={messages.export}
      aside={
        <Button busy={start.isPending} onClick={() => start.mutate()}>
          {messages.startExport}
        </Button>
      }
    >
      <p className="mb-3 text-pretty text-ink-soft text-sm">
        {org === null ? messages.exportAccount : messages.exportOrganisation}
      </p>
      <QueryView query={query} loading={<Loading rows={1} />}>
        {({ items }) => {
          const shown = items.filter(({ organisation }) => (organisation?.id ?? null) === org);
          if (shown.length === 0) return null;
          return (
            <ul aria-label={messages.export} className="card divide-y divide-line">
              {shown.map((item) => (
                <ExportRow key={item.id} item={item} onDownload={() => setDownloading(item)} />
              ))}
            </ul>
          );
        }}
      </QueryView>
      {downloading && <DownloadDialog item={downloading} onClose={() => setDownloading(null)} />}
    </Section>
  );
}
