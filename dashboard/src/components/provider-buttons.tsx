import { useMutation, useQuery } from '@tanstack/react-query';
import type { Provider } from '@/api/models';
import { logInInvited, providersQuery, startUrl } from '@/api/providers';
import { providerMessages as messages } from '@/messages/providers';
import { Button, buttonClass } from './button';
import { toastError } from './toasts';

function InvitedButton({ provider: { id, name }, invitation }: { provider: Provider; invitation: string }) {
  const leave = useMutation({
    mutationFn: () => logInInvited(id, invitation),
    onError: (error) => toastError(messages.startFailed(name), error),
  });
  return (
    <Button className="min-h-10" busy={leave.isPending} onClick={() => leave.mutate()}>
      <span className="truncate">{messages.continueWith(name)}</span>
    </Button>
  );
}

interface ButtonsProps {
  /** The page that is shown afterwards. */
  next?: string | undefined;
  /** The token of an invitation that is accepted by logging in. */
  invitation?: string | null;
}

/** Ways to log in beside the password. The form works without them, so that nothing is shown until they are known. */
export function ProviderButtons({ next = '/', invitation = null }: ButtonsProps) {
  const { data } = useQuery(providersQuery);
  if (!data || data.items.length === 0) return null;
  return (
    <div className="mt-5 grid gap-2.5">
      <div className="flex items-center gap-3 text-ink-soft text-xs" aria-hidden>
        <span className="h-px flex-1 bg-line" />
        {messages.or}
        <span className="h-px flex-1 bg-line" />
      </div>
      {data.items.map((provider) =>
        invitation === null ? (
          <a
            key={provider.id}
            href={startUrl(provider.id, next)}
            className={buttonClass('secondary', 'min-h-10')}
          >
            <span className="truncate">{messages.continueWith(provider.name)}</span>
          </a>
        ) : (
          <InvitedButton key={provider.id} provider={provider} invitation={invitation} />
        ),
      )}
    </div>
  );
}

/** What the address says of a login with a provider. */
interface NoticeProps {
  error?: string | undefined;
  provider?: string | undefined;
  /** One that waits for the password of an account. */
  link?: string | undefined;
}

/** What came of a login with a provider, or what is to be done next. */
export function ProviderNotice({ error, provider, link }: NoticeProps) {
  const { data } = useQuery(providersQuery);
  const id = link ?? provider;
  if (!id || (!error && !link)) return null;
  const name = data?.items.find((one) => one.id === id)?.name ?? messages.unknown;
  return (
    <p
      role={link ? 'status' : 'alert'}
      className="mb-5 text-pretty rounded-lg border border-line bg-sunken px-4 py-3 text-sm"
    >
      {link ? messages.linkByPassword(name) : messages.failure(error ?? '', name)}
    </p>
  );
}
