import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { type PingBody, pingBodyQuery } from '@/api/heartbeats';
import type { Ping } from '@/api/models';
import { useCan } from '@/api/use-session';
import { Button } from '@/components/button';
import { CopyBlock } from '@/components/copy';
import { FormDialog } from '@/components/dialog';
import { Loading, QueryView } from '@/components/query';
import { SettingRow } from '@/components/setting-row';
import { saveBlob } from '@/lib/download';
import { formatDateTime } from '@/lib/format';
import { durationText, heartbeatMessages as messages } from './messages';
import { PingBadge } from './ping-badge';

function BodyContent({ ping, body: { text, blob } }: { ping: Ping; body: PingBody }) {
  const save = (
    <Button onClick={() => saveBlob(`ping-${ping.n}.${text === null ? 'bin' : 'txt'}`, blob)}>
      <Download className="size-4" aria-hidden />
      {messages.download}
    </Button>
  );
  return (
    <>
      {text === null ? (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="text-sm">{messages.bodyBinary}</p>
          {save}
        </div>
      ) : (
        <CopyBlock multiline text={text}>
          {save}
        </CopyBlock>
      )}
      {blob.size < ping.body_bytes && (
        <p className="mt-2 text-ink-soft text-xs">{messages.bodyCut(blob.size, ping.body_bytes)}</p>
      )}
    </>
  );
}

function Body({ id, ping }: { id: number; ping: Ping }) {
  const canSee = useCan('manageMonitors');
  const query = useQuery({ ...pingBodyQuery(id, ping.n), enabled: ping.has_body && canSee });
  if (!canSee) return <p className="text-ink-soft text-sm">{messages.hidden}</p>;
  if (!ping.has_body) return <p className="text-ink-soft text-sm">{messages.noBody}</p>;
  return (
    <QueryView query={query} loading={<Loading rows={1} className="h-32" />}>
      {(body) => <BodyContent ping={ping} body={body} />}
    </QueryView>
  );
}

interface Props {
  id: number;
  ping: Ping;
  onClose: () => void;
}

/** All that is known of a ping. */
export function PingDialog({ id, ping, onClose }: Props) {
  const { columns } = messages;
  const rows: [string, ReactNode][] = [
    [columns.type, <PingBadge key="type" kind={ping.kind} />],
    [columns.time, formatDateTime(ping.at)],
    [columns.duration, ping.duration_ms !== null && durationText(ping.duration_ms)],
    [columns.exitStatus, ping.exit_status !== null && String(ping.exit_status)],
    [messages.run, ping.run_id !== null && <code className="text-xs">{ping.run_id}</code>],
    [messages.requestLabel, messages.request(ping.scheme, ping.method)],
    [columns.source, ping.address],
    [columns.agent, ping.user_agent],
    [columns.text, ping.message],
  ];
  return (
    <FormDialog title={messages.pingTitle(ping.n)} onClose={onClose}>
      <dl className="-mx-5 divide-y divide-line border-line border-y">
        {rows
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <SettingRow key={label} label={label}>
              {value}
            </SettingRow>
          ))}
      </dl>
      <h3 className="mt-5 mb-2 font-medium text-sm">{messages.body}</h3>
      <Body id={id} ping={ping} />
    </FormDialog>
  );
}
