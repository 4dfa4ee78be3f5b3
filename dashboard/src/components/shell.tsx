import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { summaryQuery } from '@/api/monitors';
import { useCan } from '@/api/use-session';
import { cx } from '@/lib/cx';
import { formatCount } from '@/lib/format';
import { PAGE_TITLES } from '@/messages/terms';
import { AccountMenu } from './account-menu';
import { AsOfProvider, useAsOf, useAsOfSearch } from './as-of/as-of';
import { PastBar, PastPage } from './as-of/past-bar';
import { Brand } from './brand';
import { CommandButton } from './command-button';
import { DeletionBanner } from './deletion-banner';
import { LiveIndicator, LiveProvider, usePollInterval } from './live';
import { useTabSignal } from './tab-signal';
import { ThemeToggle } from './theme-toggle';
import { useCurrentInView } from './use-current-in-view';

const TAB = cx(
  '-outline-offset-2 relative inline-flex h-11 items-center gap-1.5 whitespace-nowrap text-[0.8125rem] text-ink-soft tracking-tight hover:text-ink sm:px-1 sm:text-sm sm:tracking-normal',
  'aria-[current=page]:font-semibold aria-[current=page]:text-ink',
  'after:absolute after:inset-x-0 after:bottom-0 after:h-0.5 after:rounded-full aria-[current=page]:after:bg-ink',
);

/** Pages below the link to the pages about alerting whose addresses are not below its own. */
const OF_ALERTING = /^\/(alerting|drills)(\/|$)/;

function IncidentCount({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span className="rounded-full bg-down px-1.5 py-0.5 font-semibold text-[0.6875rem] text-paper leading-none">
      {formatCount(count)}
      <span className="sr-only"> ongoing</span>
    </span>
  );
}

function MainNav() {
  const seesStatusPages = useCan('viewStatusPages');
  const seesOnCall = useCan('viewAlertPolicy');
  const at = useAsOf();
  const { data: summary } = useQuery({ ...summaryQuery(at), refetchInterval: usePollInterval() });
  const search = useAsOfSearch();
  const count = summary?.open_incidents ?? 0;
  // What went on then calls nobody back to the tab.
  useTabSignal(at === null ? count : 0);
  const nav = useCurrentInView(count);
  const isOfAlerting = useLocation({ select: ({ pathname }) => OF_ALERTING.test(pathname) });
  return (
    <nav
      ref={nav}
      aria-label="Main"
      className="flex w-full min-w-0 gap-x-3 overflow-x-auto [scrollbar-width:none] max-xl:order-last max-sm:justify-between sm:gap-4 xl:h-14 xl:w-auto xl:items-stretch"
    >
      <Link
        to="/"
        search={search}
        activeOptions={{ exact: true, includeSearch: false }}
        className={cx(TAB, 'xl:h-14')}
      >
        {PAGE_TITLES.monitors}
      </Link>
      <Link
        to="/incidents"
        search={search}
        activeOptions={{ includeSearch: false }}
        className={cx(TAB, 'xl:h-14')}
      >
        {PAGE_TITLES.incidents}
        <IncidentCount count={count} />
      </Link>
      <Link to="/maintenance" className={cx(TAB, 'xl:h-14')}>
        {PAGE_TITLES.maintenance}
      </Link>
      <Link
        to="/notifications"
        aria-current={isOfAlerting ? 'page' : undefined}
        className={cx(TAB, 'xl:h-14')}
      >
        {PAGE_TITLES.alerting}
      </Link>
      {seesOnCall && (
        <Link to="/on-call" className={cx(TAB, 'xl:h-14')}>
          {PAGE_TITLES.onCall}
        </Link>
      )}
      <Link to="/sla-reports" className={cx(TAB, 'xl:h-14')}>
        {PAGE_TITLES.slaReports}
      </Link>
      {seesStatusPages && (
        <Link to="/status-pages" className={cx(TAB, 'xl:h-14')}>
          {PAGE_TITLES.statusPages}
        </Link>
      )}
    </nav>
  );
}

function Frame() {
  const search = useAsOfSearch();
  return (
    <>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-3"
      >
        Skip to content
      </a>
      <header className="border-line border-b bg-surface">
        {/* Wide enough for all pages beside each other, also where what is below is narrower. */}
        <div className="mx-auto flex max-w-[max(var(--page-width),80rem)] flex-wrap items-center gap-x-6 px-5 xl:flex-nowrap">
          <Link to="/" search={search} className="flex h-14 shrink-0 items-center">
            <Brand />
          </Link>
          <MainNav />
          {/* Of a long name of an organisation less is shown, rather than of the pages. */}
          <div className="ml-auto flex shrink-0 items-center gap-1 xl:min-w-40 xl:shrink-[999]">
            <LiveIndicator />
            <CommandButton />
            <ThemeToggle />
            <AccountMenu />
          </div>
        </div>
      </header>
      <DeletionBanner />
      <PastBar />
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto max-w-(--page-width) px-5 pt-(--page-top) pb-20 outline-none"
      >
        <PastPage>
          <Outlet />
        </PastPage>
      </main>
    </>
  );
}

export function Shell() {
  return (
    <AsOfProvider>
      <LiveProvider>
        <Frame />
      </LiveProvider>
    </AsOfProvider>
  );
}
