import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { LogOut, Monitor, Smartphone } from 'lucide-react';
import { useState } from 'react';
import { endAllSessions, endOneSession, sessionsQuery } from '@/api/account';
import { keys } from '@/api/keys';
import type { SessionInfo } from '@/api/models';
import { endSession, forgetSession } from '@/api/session';
import { Badge } from '@/components/badge';
import { Button, IconButton } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RelativeTime } from '@/components/time';
import { toastError, toastSuccess } from '@/components/toasts';
import { formatDate } from '@/lib/format';
import { deviceOf } from '@/lib/user-agent';
import { common } from '@/messages/common';
import { describeDevice, accountPageMessages as messages } from './messages';

function SessionRow({ session }: { session: SessionInfo }) {
  const client = useQueryClient();
  const device = deviceOf(session.user_agent);
  const name = describeDevice(device);
  const end = useMutation({
    mutationFn: async () => {
      if (session.current) await endSession();
      else await endOneSession(session.id);
    },
    onSuccess: () => (session.current ? undefined : toastSuccess(messages.ended)),
    onError: (error) => toastError(messages.endFailed, error),
    onSettled: () => (session.current ? undefined : client.invalidateQueries({ queryKey: keys.account })),
  });
  const Icon = device.isMobile ? Smartphone : Monitor;
  return (
    <li className="flex items-center gap-4 px-5 py-3.5">
      <Icon className="size-5 shrink-0 text-ink-soft" strokeWidth={1.5} aria-hidden />
      <div className="min-w-0 flex-1">
        <p
          className="flex flex-wrap items-center gap-x-2.5 gap-y-1 font-medium text-sm"
          title={session.user_agent ?? ''}
        >
          {name}
          {session.current && <Badge>{messages.thisSession}</Badge>}
        </p>
        <p className="break-words text-ink-soft text-xs">
          {session.address ?? messages.unknownAddress}
          {common.lastUsed}
          <RelativeTime at={session.last_used_at} />
          {' · since '}
          {formatDate(session.created_at)}
        </p>
      </div>
      <IconButton
        label={messages.endSession(name)}
        aria-disabled={end.isPending || undefined}
        onClick={() => !end.isPending && end.mutate()}
      >
        <LogOut className="size-4" aria-hidden />
      </IconButton>
    </li>
  );
}

function EndAll({ onClose }: { onClose: () => void }) {
  const end = useMutation({ mutationFn: endAllSessions, onSuccess: forgetSession });
  return (
    <ConfirmDialog
      title={messages.confirmEndAll}
      action={messages.endAll}
      busy={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate()}
      onClose={onClose}
    >
      All sessions on all devices end within seconds, including this one. API keys keep working.
    </ConfirmDialog>
  );
}

export function Sessions() {
  const query = useQuery(sessionsQuery);
  const [endingAll, setEndingAll] = useState(false);
  return (
    <Section
      title={messages.sessions}
      aside={<Button onClick={() => setEndingAll(true)}>{messages.endAll}</Button>}
    >
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ items }) => (
          <ul aria-label={messages.sessions} className="card divide-y divide-line">
            {items.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </ul>
        )}
      </QueryView>
      {endingAll && <EndAll onClose={() => setEndingAll(false)} />}
    </Section>
  );
}
