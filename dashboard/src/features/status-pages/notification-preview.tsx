import { useQuery } from '@tanstack/react-query';
import { Mail, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import type { ReportUpdateDraft, ReportUpdatePreview } from '@/api/models';
import { reportUpdatePreviewQuery } from '@/api/status-reports';
import { Button } from '@/components/button';
import { Loading, QueryView } from '@/components/query';
import { SegmentedControl } from '@/components/segmented-control';
import { notificationPreviewMessages as messages } from './messages';

type Kind = keyof ReportUpdatePreview;

const KINDS = (['email', 'slack', 'teams', 'webhook'] as const).map((value) => ({
  value,
  label: messages.kinds[value],
}));

/** The texts of a message of blocks, in their order: of Slack's and of an Adaptive Card. */
export function textsOf(message: unknown): string[] {
  if (Array.isArray(message)) return message.flatMap(textsOf);
  if (typeof message !== 'object' || message === null) return [];
  const { type, text, ...others } = message as Record<string, unknown>;
  if (typeof text === 'string' && typeof type === 'string') {
    // How Slack writes a link.
    return [type === 'mrkdwn' ? text.replace(/^<([^|]*)\|(.*)>$/, '$2: $1') : text];
  }
  if (type === 'Action.OpenUrl') return [`${others.title}: ${others.url}`];
  return [...textsOf(text), ...Object.values(others).flatMap(textsOf)];
}

function Shown({ kind, preview }: { kind: Kind; preview: ReportUpdatePreview }) {
  const { subject, text } = preview.email;
  return (
    <div className="rounded-lg border border-line bg-sunken px-4 py-3 text-sm">
      {kind === 'email' && <p className="mb-2 font-medium">{subject}</p>}
      {kind === 'webhook' ? (
        <pre className="whitespace-pre-wrap break-words font-mono text-xs">
          {JSON.stringify(preview.webhook, null, 2)}
        </pre>
      ) : (
        <p className="whitespace-pre-wrap break-words">
          {kind === 'email' ? text : textsOf(preview[kind]).join('\n\n')}
        </p>
      )}
    </div>
  );
}

interface Props {
  pageId: number;
  /** What stands in the form. */
  draft: ReportUpdateDraft;
}

/** What each kind of subscriber would get of what stands in the form. */
export function NotificationPreview({ pageId, draft }: Props) {
  const [asked, setAsked] = useState<ReportUpdateDraft | null>(null);
  const [kind, setKind] = useState<Kind>('email');
  const query = useQuery({
    ...reportUpdatePreviewQuery(pageId, asked ?? draft),
    enabled: asked !== null,
  });
  const isOld = asked !== null && JSON.stringify(asked) !== JSON.stringify(draft);
  return (
    <div className="grid min-w-0 grid-cols-1 gap-3">
      {(asked === null || isOld) && (
        <div>
          <Button type="button" onClick={() => setAsked(draft)}>
            {isOld ? <RefreshCw className="size-4" aria-hidden /> : <Mail className="size-4" aria-hidden />}
            {isOld ? messages.renew : messages.show}
          </Button>
        </div>
      )}
      {asked && (
        <>
          <SegmentedControl
            label={messages.title}
            options={KINDS}
            name="notification-kind"
            selected={kind}
            onChange={(event) => setKind(event.currentTarget.value as Kind)}
          />
          <QueryView query={query} loading={<Loading rows={1} className="h-40" />}>
            {(preview) => <Shown kind={kind} preview={preview} />}
          </QueryView>
        </>
      )}
    </div>
  );
}
