import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { MailPlus, Plus } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { StatusPage, Subscriber, SubscriberCounts, SubscriberState } from '@/api/models';
import { subscriberStateValues } from '@/api/schema';
import { removeSubscriber, subscribersQuery } from '@/api/subscribers';
import { Button } from '@/components/button';
import { Choice } from '@/components/choice';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { RequirePermission } from '@/components/require-permission';
import { SearchBox } from '@/components/search-box';
import { ShowMore } from '@/components/show-more';
import { toastSuccess } from '@/components/toasts';
import { Destinations } from '../destinations/destinations';
import { PageHead } from '../page-head';
import { componentsOf } from '../report-schema';
import { WithStatusPage } from '../with-status-page';
import { AddDialog } from './add-dialog';
import { LatestNotice } from './latest-notice';
import { addMessages, subscriberMessages as messages } from './messages';
import { SubscriberRow } from './subscriber-row';

interface RemoveProps {
  page: StatusPage;
  subscriber: Subscriber;
  onClose: () => void;
}

function RemoveDialog({ page, subscriber: { id, address }, onClose }: RemoveProps) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeSubscriber(page.id, id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.allSubscribers(page.id) });
      toastSuccess(messages.removed(address));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={messages.confirmRemove(address)}
      action={messages.removeAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.removeHint}
    </ConfirmDialog>
  );
}

const totalOf = (counts: SubscriberCounts): number =>
  subscriberStateValues.reduce((sum, state) => sum + counts[state], 0);

function Filters({ counts }: { counts: SubscriberCounts }) {
  const { q = '', state } = useSearch({ from: '/logged-in/status-pages/$pageId/subscribers' });
  const navigate = useNavigate({ from: '/status-pages/$pageId/subscribers' });
  const setFilter = (change: { q?: string | undefined; state?: SubscriberState | undefined }) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const options = {
    all: messages.filterAll(totalOf(counts)),
    confirmed: messages.filterBy('confirmed', counts.confirmed),
    pending: messages.filterBy('pending', counts.pending),
    unsubscribed: messages.filterBy('unsubscribed', counts.unsubscribed),
  };
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
      <Choice
        label={messages.filter}
        options={options}
        value={state ?? 'all'}
        onChange={(chosen) => setFilter({ state: chosen === 'all' ? undefined : chosen })}
      />
      <SearchBox
        label={messages.search}
        placeholder={messages.searchExample}
        value={q}
        onChange={(text) => setFilter({ q: text || undefined })}
      />
    </div>
  );
}

/** Those who get emails. */
function EmailSubscribers({ page, onAdd }: { page: StatusPage; onAdd: () => void }) {
  const { q = '', state = '' } = useSearch({ from: '/logged-in/status-pages/$pageId/subscribers' });
  const query = useInfiniteQuery({
    ...subscribersQuery(page.id, { q, state }),
    placeholderData: keepPreviousData,
  });
  const [removed, setRemoved] = useState<Subscriber | null>(null);
  const names = new Map(componentsOf(page).map(({ id, name }) => [id, name]));
  const subscribers = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const counts = query.data?.pages.at(-1)?.counts;
  const total = counts && totalOf(counts);
  const add = (
    <Button onClick={onAdd}>
      <Plus className="size-4" aria-hidden />
      {addMessages.add}
    </Button>
  );
  return (
    <Section title={messages.email} aside={total ? add : undefined} className="mt-0">
      <QueryView query={query} loading={<Loading rows={4} />}>
        {() =>
          total === 0 ? (
            <EmptyState icon={MailPlus} title={messages.none} action={add}>
              {messages.noneHint}
              {!page.published && <span className="mt-3 block">{messages.noneUnpublished}</span>}
            </EmptyState>
          ) : (
            <>
              {counts && <Filters counts={counts} />}
              {subscribers.length === 0 ? (
                <p className="card px-5 py-8 text-center text-ink-soft text-sm">{messages.noMatches}</p>
              ) : (
                <ul aria-label={messages.email} className="card divide-y divide-line overflow-hidden">
                  {subscribers.map((subscriber) => (
                    <SubscriberRow
                      key={subscriber.id}
                      subscriber={subscriber}
                      names={names}
                      onRemove={() => setRemoved(subscriber)}
                    />
                  ))}
                </ul>
              )}
              <ShowMore
                query={query}
                shown={subscribers.length}
                total={q === '' && counts ? (state === '' ? total : counts[state]) : undefined}
              />
            </>
          )
        }
      </QueryView>
      {removed && <RemoveDialog page={page} subscriber={removed} onClose={() => setRemoved(null)} />}
    </Section>
  );
}

function Subscribers({ page }: { page: StatusPage }) {
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      <PageHead page={page} />
      <RequirePermission permission="manageStatusPages">
        <LatestNotice pageId={page.id} />
        <Destinations page={page} />
        <EmailSubscribers page={page} onAdd={() => setAdding(true)} />
        {isAdding && <AddDialog page={page} onClose={() => setAdding(false)} />}
      </RequirePermission>
    </>
  );
}

export function SubscribersPage() {
  const { pageId } = useParams({ from: '/logged-in/status-pages/$pageId/subscribers' });
  return <WithStatusPage id={pageId}>{(page) => <Subscribers page={page} />}</WithStatusPage>;
}
