import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, RotateCw } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { heartbeatQuery, rotateHeartbeat, rotatePingKey } from '@/api/heartbeats';
import { keys } from '@/api/keys';
import type { Heartbeat, Monitor } from '@/api/models';
import { nameOf } from '@/api/monitors';
import { useCan } from '@/api/use-session';
import { Button } from '@/components/button';
import { Choice } from '@/components/choice';
import { CopyBlock } from '@/components/copy';
import { ConfirmDialog } from '@/components/dialog';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { LANGUAGE_LABELS, howToPing as messages } from './messages';
import { type Language, type Snippet, snippetsOf } from './snippets';

interface RotateProps {
  label: string;
  title: string;
  hint: string;
  done: string;
  icon: ReactNode;
  rotate: () => Promise<unknown>;
}

/** Replaces addresses, after a question. */
function Rotate({ label, title, hint, done, icon, rotate }: RotateProps) {
  const client = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  const mutation = useMutation({
    mutationFn: rotate,
    async onSuccess() {
      // Of the other heartbeats too: they have the key in common.
      await client.invalidateQueries({ queryKey: keys.allMonitors });
      setConfirming(false);
      toastSuccess(done);
    },
  });
  return (
    <>
      <Button busy={mutation.isPending} onClick={() => setConfirming(true)}>
        {icon}
        {label}
      </Button>
      {confirming && (
        <ConfirmDialog
          title={title}
          action={label}
          busy={mutation.isPending}
          error={mutation.error}
          onConfirm={() => mutation.mutate()}
          onClose={() => {
            setConfirming(false);
            mutation.reset();
          }}
        >
          {hint}
        </ConfirmDialog>
      )}
    </>
  );
}

/** The organisation's key, which is in every address by slug. */
function PingKey() {
  return (
    <Rotate
      label={messages.rotateKey}
      title={messages.rotateKeyTitle}
      hint={messages.rotateKeyHint}
      done={messages.keyRotated}
      icon={<KeyRound className="size-4" aria-hidden />}
      rotate={rotatePingKey}
    />
  );
}

type Form = 'uuid' | 'slug';

const FORMS: Record<Form, string> = { uuid: messages.byUuid, slug: messages.bySlug };
const PARTS: Record<keyof Snippet, string> = { simple: messages.simple, full: messages.full };

function Addresses({ monitor, heartbeat }: { monitor: Monitor; heartbeat: Heartbeat }) {
  const canManageKey = useCan('managePingKey');
  const [form, setForm] = useState<Form>('uuid');
  const [language, setLanguage] = useState<Language>('crontab');
  const [part, setPart] = useState<keyof Snippet>('full');
  const url = form === 'uuid' ? heartbeat.ping_url : heartbeat.ping_url_by_slug;
  return (
    <div className="card grid grid-cols-1 gap-5 p-5">
      <div className="text-pretty text-ink-soft text-sm">
        <p>{messages.about}</p>
        <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          {messages.endings.map(([ending, meaning]) => (
            <div key={ending} className="contents">
              <dt>
                <code className="text-ink">{ending}</code>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div>
        <div className="mb-3">
          <Choice label={messages.address} options={FORMS} value={form} onChange={setForm} />
        </div>
        {url ? (
          <CopyBlock text={url}>
            {form === 'slug' && canManageKey && <PingKey />}
            {form === 'uuid' && (
              <Rotate
                label={messages.rotate}
                title={messages.rotateTitle(nameOf(monitor))}
                hint={messages.rotateHint}
                done={messages.rotated}
                icon={<RotateCw className="size-4" aria-hidden />}
                rotate={() => rotateHeartbeat(monitor.id)}
              />
            )}
          </CopyBlock>
        ) : (
          <PermissionNote permission="managePingKey" />
        )}
      </div>
      {url && (
        <div>
          <Choice
            label={messages.language}
            options={LANGUAGE_LABELS}
            value={language}
            onChange={setLanguage}
          />
          <div className="mt-2 mb-3">
            <Choice label={messages.form} options={PARTS} value={part} onChange={setPart} />
          </div>
          <CopyBlock multiline text={snippetsOf(language, url)[part]} />
        </div>
      )}
      {heartbeat.push_url && form === 'uuid' && (
        <div>
          <h3 className="mb-1.5 font-medium text-sm">{messages.kumaAddress}</h3>
          <CopyBlock text={heartbeat.push_url} />
        </div>
      )}
    </div>
  );
}

/** Where a heartbeat is pinged, for those who may have jobs do so. */
export function HowToPing({ monitor }: { monitor: Monitor }) {
  const canEdit = useCan('manageMonitors');
  const query = useQuery(heartbeatQuery(monitor.id));
  return (
    <Section title={messages.title}>
      {!canEdit ? (
        <p className="card px-5 py-6 text-ink-soft text-sm">{messages.notAllowed}</p>
      ) : (
        <QueryView query={query} loading={<Loading rows={1} className="h-72" />}>
          {(heartbeat) => <Addresses monitor={monitor} heartbeat={heartbeat} />}
        </QueryView>
      )}
    </Section>
  );
}
