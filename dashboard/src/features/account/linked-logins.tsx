import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Unlink } from 'lucide-react';
import { useEffect, useState } from 'react';
import { keys } from '@/api/keys';
import type { Identity, Proof, Provider } from '@/api/models';
import { identitiesQuery, linkIdentity, providersQuery, unlinkIdentity } from '@/api/providers';
import { Button, IconButton } from '@/components/button';
import { Section } from '@/components/page';
import { ProofDialog } from '@/components/proof';
import { Loading, QueryView } from '@/components/query';
import { RelativeTime } from '@/components/time';
import { toastSuccess } from '@/components/toasts';
import { formatDate } from '@/lib/format';
import { common } from '@/messages/common';
import { providerMessages as messages } from '@/messages/providers';

interface Change {
  title: string;
  action: string;
  text?: string;
  onSubmit: (proof: Proof) => Promise<void>;
}

function LoginRow({ login, onUnlink }: { login: Identity; onUnlink: () => void }) {
  const name = login.provider_name ?? login.provider;
  return (
    <li className="flex items-center gap-4 px-5 py-3.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium text-sm">{name}</p>
        <p className="break-words text-ink-soft text-xs">
          {login.email && <span className="break-all">{`${login.email} · `}</span>}
          {login.provider_name === null && `${messages.notOffered} · `}
          {messages.since(formatDate(login.created_at))}
          {login.last_used_at && (
            <>
              {common.lastUsed}
              <RelativeTime at={login.last_used_at} />
            </>
          )}
        </p>
      </div>
      <IconButton label={messages.unlinkOf(name)} onClick={onUnlink}>
        <Unlink className="size-4" aria-hidden />
      </IconButton>
    </li>
  );
}

/** What came of the way to a provider and back; taken out of the address, where a reload would say it again. */
function useOutcome() {
  const search = useSearch({ from: '/logged-in/account' });
  const navigate = useNavigate();
  const [outcome, setOutcome] = useState(search);
  const isInAddress = Object.keys(search).length > 0;
  useEffect(() => {
    if (isInAddress) void navigate({ to: '/account', search: {}, replace: true });
  }, [isInAddress, navigate]);
  return { outcome, forget: () => setOutcome({}) };
}

interface CameProps {
  outcome: ReturnType<typeof useOutcome>['outcome'];
  providers: readonly Provider[];
}

function Came({ outcome: { error, provider, linked, confirmed }, providers }: CameProps) {
  const id = error ? provider : (linked ?? confirmed);
  if (!id) return null;
  const name = providers.find((one) => one.id === id)?.name ?? messages.unknown;
  const text = error ? messages.failure(error, name) : linked ? messages.linked(name) : messages.confirmed;
  return (
    <p
      role={error ? 'alert' : 'status'}
      className="mb-3 text-pretty rounded-lg border border-line bg-sunken px-4 py-3 text-sm"
    >
      {text}
    </p>
  );
}

/** Nothing where no provider is offered and none is linked. */
export function LinkedLogins() {
  const client = useQueryClient();
  const query = useQuery(identitiesQuery);
  const providers = useQuery(providersQuery).data?.items ?? [];
  const { outcome, forget } = useOutcome();
  const [change, setChange] = useState<Change | null>(null);
  if (query.data?.items.length === 0 && providers.length === 0) return null;
  const unlink = (login: Identity): Change => ({
    title: messages.unlinkOf(login.provider_name ?? login.provider),
    action: messages.unlink,
    text: messages.unlinkHint(login.provider_name ?? login.provider, login.email),
    onSubmit: async (proof) => {
      await unlinkIdentity(login.id, proof);
      forget();
      void client.invalidateQueries({ queryKey: keys.account });
      toastSuccess(messages.unlinked);
    },
  });
  const link = ({ id, name }: Provider): Change => ({
    title: messages.link(name),
    action: messages.continueWith(name),
    onSubmit: (proof) => linkIdentity(id, proof),
  });
  return (
    <Section
      title={messages.linkedLogins}
      aside={
        <span className="flex flex-wrap gap-2">
          {providers.map((provider) => (
            <Button key={provider.id} onClick={() => setChange(link(provider))}>
              {messages.link(provider.name)}
            </Button>
          ))}
        </span>
      }
    >
      <Came outcome={outcome} providers={providers} />
      <QueryView query={query} loading={<Loading rows={1} />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-ink-soft text-sm">{messages.noLogins}</p>
          ) : (
            <ul aria-label={messages.linkedLogins} className="card divide-y divide-line">
              {items.map((login) => (
                <LoginRow key={login.id} login={login} onUnlink={() => setChange(unlink(login))} />
              ))}
            </ul>
          )
        }
      </QueryView>
      {change && (
        <ProofDialog {...change} onClose={() => setChange(null)}>
          {change.text && <p className="text-pretty text-sm">{change.text}</p>}
        </ProofDialog>
      )}
    </Section>
  );
}
