import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { providersQuery, startUrl } from '@/api/providers';
import { buttonClass } from '@/components/button';
import { INVITATION_PAGE, linkTokens } from '@/lib/link-token';
import { providerMessages as messages } from '@/messages/providers';

/** Ways to log in beside the password. The form works without them, so that nothing is shown until they are known. */
export function ProviderButtons() {
  const { data } = useQuery(providersQuery);
  const { next } = useSearch({ from: '/logged-out' });
  if (!data || data.items.length === 0) return null;
  return (
    <div className="mt-5 grid gap-2.5">
      <div className="flex items-center gap-3 text-ink-soft text-xs" aria-hidden>
        <span className="h-px flex-1 bg-line" />
        {messages.or}
        <span className="h-px flex-1 bg-line" />
      </div>
      {data.items.map(({ id, name }) => (
        <a
          key={id}
          href={startUrl(id, next ?? '/')}
          // Whoever follows an invitation goes on with it afterwards.
          onClick={() => next === INVITATION_PAGE && linkTokens.keepWhileAway(INVITATION_PAGE)}
          className={buttonClass('secondary', 'min-h-10')}
        >
          <span className="truncate">{messages.continueWith(name)}</span>
        </a>
      ))}
    </div>
  );
}

/** What came of a login with a provider, or what is to be done next. */
export function ProviderNotice() {
  const { error, provider, link } = useSearch({ from: '/logged-out' });
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
