import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { searchQuery } from '@/api/search';
import { currentPrincipal } from '@/api/session';
import { recentPages } from '@/lib/recent-pages';
import { useSettled } from '@/lib/use-settled';
import { hasWords, wordsOf } from '@/lib/words';
import { IS_MAC, commandMessages as messages } from '@/messages/command';
import { AutoFocus, OVERLAY, useFocusReturn } from '../dialog';
import {
  type Entry,
  filled,
  fits,
  foundSections,
  neighbourOf,
  pageEntries,
  type Section,
  selectedOf,
} from './entries';
import { Results } from './results';
import { useActions, useMay, useMonitorActions, useOrganisations } from './use-actions';

const DEBOUNCE_MS = 150;
const MAX_CHARS = 200;

/** What fits the text: pages and actions at once, and what the server finds of it. */
function useSections(text: string, onShortcuts: () => void) {
  const router = useRouter();
  const may = useMay();
  const [opened] = useState(() => router.latestLocation.href);
  const actions = useActions(onShortcuts);
  const ofMonitor = useMonitorActions();
  const organisations = useOrganisations();
  const settled = useSettled(text, DEBOUNCE_MS);
  const search = useQuery(searchQuery(settled));

  const words = wordsOf(text);
  const isSearching = words.length > 0;
  const go = (href: string) => router.history.push(href);
  const fitting = (entries: Entry[]) => entries.filter((entry) => fits(entry, words));
  const recent = recentPages(currentPrincipal(), opened).map(({ href, title }) => ({
    id: `recent:${href}`,
    title,
    run: () => go(href),
  }));
  const local: Section[] = [
    { id: 'recent', title: messages.recent, entries: fitting(recent) },
    { id: 'actions', title: messages.actions, entries: fitting(actions) },
    { id: 'pages', title: messages.pages, entries: pageEntries(words, may, go) },
    {
      id: 'organisations',
      title: messages.organisations,
      entries: organisations.filter(
        ({ title }) => isSearching && hasWords(`${messages.organisations} ${title}`, words),
      ),
    },
  ];
  const found = isSearching && search.data ? foundSections(search.data.groups, go) : [];
  const last = { id: 'monitor-actions', title: messages.openMonitor, entries: fitting(ofMonitor) };
  return {
    sections: filled([...local, ...found, last]),
    words,
    /** Whether what was found is of another text. */
    isStale: isSearching && (settled !== text || search.isFetching),
    hasFailed: isSearching && search.isError,
    /** What took the server too long to find anything of. */
    late: found.filter(({ entries, hasMore }) => hasMore && entries.length === 0).map(({ title }) => title),
  };
}

/** Which entry is selected, and moving to another. */
function useSelected(entries: readonly Entry[]) {
  const [movedTo, setMovedTo] = useState<string | null>(null);
  const selected = selectedOf(entries, movedTo);
  return {
    selected,
    wasMovedTo: selected !== undefined && selected.id === movedTo,
    select: setMovedTo,
    move: (by: 1 | -1) => setMovedTo(neighbourOf(entries, selected, by)?.id ?? null),
  };
}

/** What is said once everything is there: how much it is, and that there is more. */
function statusOf(sections: readonly Section[]): string {
  const count = sections.reduce((sum, { entries }) => sum + entries.length, 0);
  const hasMore = sections.some((section) => section.hasMore);
  return hasMore ? `${messages.found(count)}. ${messages.more}` : messages.found(count);
}

interface Props {
  onClose: () => void;
  onShortcuts: () => void;
}

export function CommandMenu({ onClose, onShortcuts }: Props) {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const chosen = useRef<Entry | null>(null);
  const listId = useId();
  const returnFocus = useFocusReturn();
  const { sections, words, isStale, hasFailed, late } = useSections(text.trim(), onShortcuts);
  const entries = sections.flatMap((section) => section.entries);
  const { selected, wasMovedTo, select, move } = useSelected(entries);
  const optionId = (entry: Entry) => `${listId}-${entry.id}`;
  const activeId = selected && optionId(selected);

  useEffect(() => {
    if (activeId) document.getElementById(activeId)?.scrollIntoView({ block: 'nearest' });
  }, [activeId]);

  const choose = (entry: Entry) => {
    chosen.current = entry;
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (entries.length > 0) move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      // What was found of an earlier text is opened only by whoever has moved to it.
      const isOfAnother = isStale && !wasMovedTo && selected?.id.startsWith('found:');
      if (selected && !isOfAnother) choose(selected);
    } else if (event.key.toLowerCase() === 'k' && (IS_MAC ? event.metaKey : event.ctrlKey)) {
      event.preventDefault();
      onClose();
    }
  };
  // What has failed or took too long is not known to be nothing, and says so itself.
  const nothing = hasFailed || late.length > 0 ? '' : messages.nothing;
  const empty = isStale ? messages.searching : nothing;
  const status = isStale || entries.length === 0 ? empty : statusOf(sections);

  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        {OVERLAY}
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            input.current?.focus();
          }}
          onCloseAutoFocus={(event) => {
            returnFocus(event);
            // Only now, so that the focus stays where a page or a dialog puts it.
            chosen.current?.run();
          }}
          className="card appear fixed inset-x-3 top-[max(0.75rem,8vh)] z-50 mx-auto flex max-h-[84dvh] max-w-xl flex-col overflow-hidden bg-raised shadow-2xl outline-none"
        >
          <Dialog.Title className="sr-only">{messages.open}</Dialog.Title>
          <div className="relative shrink-0 border-line border-b">
            <Search
              className="pointer-events-none absolute inset-y-0 left-4 my-auto size-4.5 text-ink-soft"
              aria-hidden
            />
            <input
              ref={input}
              data-autofocus
              type="text"
              role="combobox"
              aria-label={messages.open}
              aria-expanded={entries.length > 0}
              aria-controls={entries.length > 0 ? listId : undefined}
              aria-activedescendant={activeId}
              aria-autocomplete="list"
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              enterKeyHint="go"
              maxLength={MAX_CHARS}
              placeholder={messages.placeholder}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                select(null);
              }}
              onKeyDown={onKeyDown}
              className="min-h-13 w-full bg-transparent pr-4 pl-11 text-base outline-none placeholder:text-ink-soft"
            />
          </div>
          <p role="status" className="sr-only">
            {status}
          </p>
          <p role="alert" className={hasFailed ? 'shrink-0 px-4 pt-3 text-down text-sm' : 'sr-only'}>
            {hasFailed && messages.failed}
          </p>
          <p
            role="status"
            className={late.length > 0 ? 'shrink-0 px-4 pt-3 text-ink-soft text-sm' : 'sr-only'}
          >
            {late.length > 0 && messages.late(late)}
          </p>
          <Results
            listId={listId}
            sections={sections}
            words={words}
            activeId={activeId}
            optionId={optionId}
            isStale={isStale}
            empty={empty}
            // A pointer that passes over it has not moved to it.
            onSelect={(entry) => !entry.isDeliberate && select(entry.id)}
            onChoose={choose}
          />
          <AutoFocus />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
