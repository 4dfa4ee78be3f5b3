import { useMatches, useNavigate } from '@tanstack/react-router';
import { createContext, type ReactNode, useContext } from 'react';
import { StoppedClock } from '@/lib/now';

/** The pages that can show an earlier instant. Others may have an `at` of their own. */
const PAGES: ReadonlySet<string> = new Set([
  '/logged-in/',
  '/logged-in/monitors/$monitorId',
  '/logged-in/incidents',
  '/logged-in/incidents/$incidentId',
]);

interface Match {
  routeId: string;
  search: object;
}

function instantOf(page: Match | undefined): string | null {
  if (!page || !PAGES.has(page.routeId)) return null;
  const { at } = page.search as { at?: unknown };
  return typeof at === 'string' ? at : null;
}

const AsOfContext = createContext<string | null>(null);

/** As of which instant the page is shown; null is now. */
export const useAsOf = (): string | null => useContext(AsOfContext);

/** Below, everything is as of the instant in the address, at which the clock stands. */
export function AsOfProvider({ children }: { children: ReactNode }) {
  const at = useMatches({ select: (matches) => instantOf(matches.at(-1)) });
  return (
    <AsOfContext value={at}>
      <StoppedClock value={at === null ? null : Date.parse(at)}>{children}</StoppedClock>
    </AsOfContext>
  );
}

/** The search of a link to another of these pages, which is shown as of the same instant. */
export function useAsOfSearch(): { at?: string } {
  const at = useAsOf();
  return at === null ? {} : { at };
}

/** Shows the page as of another instant; null is now. Each is a step to go back to, unless it replaces the last. */
export function useShowAsOf() {
  const navigate = useNavigate();
  return (at: string | null, { replace = false } = {}): Promise<void> =>
    navigate({
      to: '.',
      search: (old) => ({ ...old, at: at ?? undefined }),
      replace,
      resetScroll: false,
    });
}
