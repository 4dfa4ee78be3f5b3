import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { Unlink } from 'lucide-react';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { Identity, IdentityList, Provider } from '@/api/models';
import {
  confirmIdentity,
  identitiesQuery,
  linkIdentity,
  providersQuery,
  unlinkIdentity,
} from '@/api/providers';
import { Button, IconButton } from '@/components/button';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RelativeTime } from '@/components/time';
import { toastSuccess } from '@/components/toasts';
import { formatDate } from '@/lib/format';
import { accountMessages } from '@/messages/account';
import { providerMessages as messages } from '@/messages/providers';

interface Change {
  title: string;
  action: string;
  /** The password is empty where the account has none. */
  run: (password: string) => Promise<void>;
}

/** Asks for the password, or for a new login where there is none, before a change. */
function ConfirmChange({
  change,
  list,
  onClose,
}: {
  change: Change;
  list: IdentityList;
  onClose: () => void;
}) {
  const form = useForm({ defaultValues: { current_password: '' } });
  const { banner, guard } = useServerErrors(form, ['current_password']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const submit = form.handleSubmit(({ current_password }) =>
    guard(async () => {
      await change.run(current_password);
      onClose();
    }),
  );
  const confirmers = new Map(list.items.map(({ provider, provider_name }) => [provider, provider_name]));
  return (
    <FormDialog title={change.title} dirty={isDirty} onClose={onClose}>
      <form noValidate className="grid gap-5" onSubmit={submit}>
        {banner && <ErrorNotice error={banner} />}
        {list.has_password ? (
          <InputField
            label={accountMessages.currentPassword}
            type="password"
            autoComplete="current-password"
            error={errors.current_password?.message}
            {...form.register('current_password')}
          />
        ) : (
          <div className="grid gap-3 text-sm">
            <p className="text-pretty text-ink-soft">{messages.noPassword}</p>
            {[...confirmers].map(
              ([id, name]) =>
                name && (
                  <Button key={id} onClick={() => void guard(() => confirmIdentity(id))}>
                    {messages.confirmWith(name)}
                  </Button>
                ),
            )}
          </div>
        )}
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="primary" busy={isSubmitting}>
            {change.action}
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
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
          {`since ${formatDate(login.created_at)}`}
          {login.last_used_at && (
            <>
              {' · last used '}
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

/** What came of the way to a provider and back. */
function Came({ providers }: { providers: readonly Provider[] }) {
  const { error, provider, linked, confirmed } = useSearch({ from: '/logged-in/account' });
  const id = error ? provider : (linked ?? confirmed);
  if (!id) return null;
  const name = providers.find((one) => one.id === id)?.name ?? id;
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
  const [change, setChange] = useState<Change | null>(null);
  if (query.data?.items.length === 0 && providers.length === 0) return null;
  const unlink = (login: Identity): Change => ({
    title: messages.unlinkOf(login.provider_name ?? login.provider),
    action: messages.unlink,
    run: async (password) => {
      await unlinkIdentity(login.id, password);
      void client.invalidateQueries({ queryKey: keys.identities });
      toastSuccess(messages.unlinked);
    },
  });
  const link = ({ id, name }: Provider): Change => ({
    title: messages.link(name),
    action: messages.continueWith(name),
    run: (password) => linkIdentity(id, password),
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
      <Came providers={providers} />
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
      {change && query.data && (
        <ConfirmChange change={change} list={query.data} onClose={() => setChange(null)} />
      )}
    </Section>
  );
}
