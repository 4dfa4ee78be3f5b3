import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { apiKeysQuery, revokeApiKey } from '@/api/api-keys';
import { keys } from '@/api/keys';
import type { ApiKey } from '@/api/models';
import { useCan } from '@/api/use-session';
import { Badge } from '@/components/badge';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { OrganisationTabs } from '@/components/organisation-tabs';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { ShowMore } from '@/components/show-more';
import { RelativeTime } from '@/components/time';
import { toastSuccess } from '@/components/toasts';
import { useNow } from '@/lib/now';
import { accountMessages } from '@/messages/account';
import { describeAccess } from '@/messages/roles';
import { CreateDialog } from './create-dialog';
import { Examples } from './examples';
import { apiKeyMessages as messages } from './messages';

function Expiry({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return messages.doesNotExpire;
  if (Date.parse(at) > now) return messages.expires(at);
  return <span className="font-medium text-down">{messages.expired(at)}</span>;
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { name, prefix, role, only_tags: onlyTags, networks, created_by: by, created_at: created } = apiKey;
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-3 px-5 py-4">
      <div className="min-w-0 flex-1 basis-72">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <span className="min-w-0 break-words font-semibold">{name}</span>
          <Badge>{describeAccess(role, onlyTags)}</Badge>
        </p>
        <p className="mt-1 break-words text-ink-soft text-xs">
          <code className="font-mono">{prefix}…</code>
          {' · '}
          {apiKey.last_used_at === null ? (
            messages.neverUsed
          ) : (
            <>
              {'last used '}
              <RelativeTime at={apiKey.last_used_at} />
            </>
          )}
          {' · '}
          <Expiry at={apiKey.expires_at} />
        </p>
        <p className="mt-0.5 break-words text-ink-soft text-xs">
          {messages.createdBy(by, created)}
          {' · '}
          {networks.length > 0 ? messages.from(networks) : messages.anywhere}
        </p>
      </div>
      <Button aria-label={messages.revoke(name)} onClick={onRevoke}>
        Revoke
      </Button>
    </li>
  );
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeApiKey(apiKey.id),
    onSuccess() {
      toastSuccess(messages.revoked(apiKey.name));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
  });
  return (
    <ConfirmDialog
      title={messages.revokeTitle(apiKey.name)}
      action={messages.revokeAction}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      Programs that use it stop working within seconds. This cannot be undone.
    </ConfirmDialog>
  );
}

function Keys({ onCreate }: { onCreate: () => void }) {
  const query = useInfiniteQuery(apiKeysQuery);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  return (
    <>
      <QueryView query={query} loading={<Loading rows={2} />}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) {
            return (
              <EmptyState icon={KeyRound} title={messages.none} action={<CreateButton onClick={onCreate} />}>
                {messages.noneHint}
              </EmptyState>
            );
          }
          return (
            <>
              <p className="mb-4 text-pretty text-ink-soft text-sm">{messages.about}</p>
              <ul aria-label={accountMessages.apiKeys} className="card divide-y divide-line">
                {items.map((apiKey) => (
                  <KeyRow key={apiKey.id} apiKey={apiKey} onRevoke={() => setRevoking(apiKey)} />
                ))}
              </ul>
              <ShowMore query={query} shown={items.length} />
            </>
          );
        }}
      </QueryView>
      <Section
        title={messages.examples}
        aside={
          <a href="/api/docs" className="text-ink-soft text-sm underline underline-offset-4 hover:text-ink">
            API documentation
          </a>
        }
      >
        <div className="card p-5">
          <Examples apiKey={null} />
        </div>
      </Section>
      {revoking && <Revoke apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function CreateButton({ onClick }: { onClick: () => void }) {
  return (
    <Button variant="primary" onClick={onClick}>
      <Plus className="size-4" aria-hidden />
      {messages.create}
    </Button>
  );
}

export function ApiKeysPage() {
  const canManage = useCan('manageApiKeys');
  const [creating, setCreating] = useState(false);
  return (
    <>
      <PageHeader title={accountMessages.apiKeys}>
        {canManage && <CreateButton onClick={() => setCreating(true)} />}
      </PageHeader>
      <OrganisationTabs />
      <RequirePermission permission="manageApiKeys">
        <Keys onCreate={() => setCreating(true)} />
      </RequirePermission>
      {creating && <CreateDialog onClose={() => setCreating(false)} />}
    </>
  );
}
