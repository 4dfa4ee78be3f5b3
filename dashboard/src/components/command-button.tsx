import { useRouter } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { currentPrincipal } from '@/api/session';
import { notePage } from '@/lib/recent-pages';
import { asOfMessages } from '@/messages/as-of';
import { IS_MAC, commandMessages as messages } from '@/messages/command';
import { useAsOf } from './as-of/as-of';
import { isTyping } from './search-box';
import { toastError } from './toasts';

const load = () => import('./command');
type Loaded = Awaited<ReturnType<typeof load>>;

type Shown = 'menu' | 'shortcuts';

const hasDialog = () => document.querySelector('[role=dialog], [role=alertdialog]') !== null;

/** What a key asks for; null for all others, while a dialog is open, and for what has closed one. */
function askedBy(event: KeyboardEvent): Shown | null {
  if (event.defaultPrevented || event.altKey || hasDialog()) return null;
  const { key, metaKey, ctrlKey, shiftKey } = event;
  if (key === 'k' && !shiftKey && (IS_MAC ? metaKey && !ctrlKey : ctrlKey && !metaKey)) return 'menu';
  if (key === '?' && !metaKey && !ctrlKey && !isTyping(event.target)) return 'shortcuts';
  return null;
}

/** Notes each page that is left, as its heading calls it, which may be what was called so at an earlier time. */
function useRecentPages(): void {
  const router = useRouter();
  const isPast = useAsOf() !== null;
  useEffect(
    () =>
      router.subscribe('onBeforeNavigate', ({ fromLocation, pathChanged }) => {
        const title = document.querySelector('main h1')?.textContent?.trim();
        if (fromLocation && pathChanged && title) {
          const named = isPast ? asOfMessages.pageTitle(title) : title;
          notePage({ href: fromLocation.href, title: named }, currentPrincipal());
        }
      }),
    [router, isPast],
  );
}

/** Opens the command menu, which is loaded then. */
export function CommandButton() {
  const [shown, setShown] = useState<Shown | null>(null);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  useRecentPages();

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const asked = askedBy(event);
      if (!asked) return;
      event.preventDefault();
      setShown(asked);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  useEffect(() => {
    if (!shown || loaded) return;
    load().then(setLoaded, (error) => {
      setShown(null);
      toastError(messages.loadFailed, error);
    });
  }, [shown, loaded]);

  const close = () => setShown(null);
  return (
    <>
      <button
        type="button"
        aria-label={messages.open}
        title={messages.open}
        aria-haspopup="dialog"
        aria-keyshortcuts={IS_MAC ? 'Meta+K' : 'Control+K'}
        onClick={() => setShown('menu')}
        className="inline-flex size-9 shrink-0 items-center justify-center gap-2 rounded-lg text-ink-soft text-sm transition-colors hover:bg-sunken hover:text-ink 2xl:w-auto 2xl:border 2xl:border-line 2xl:px-3"
      >
        <Search className="size-4.5 2xl:size-4" aria-hidden />
        <span className="hidden 2xl:inline">{messages.button}</span>
        <kbd className="hidden font-sans text-xs 2xl:inline">{messages.openKeys}</kbd>
      </button>
      {loaded && shown === 'menu' && (
        <loaded.CommandMenu onClose={close} onShortcuts={() => setShown('shortcuts')} />
      )}
      {loaded && shown === 'shortcuts' && <loaded.ShortcutsDialog onClose={close} />}
    </>
  );
}
