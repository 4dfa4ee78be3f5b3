import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { summaryQuery } from '@/api/monitors';
import { cx } from '@/lib/cx';
import { formatCount } from '@/lib/format';
import { PAGE_TITLES } from '@/messages/terms';
import { AccountMenu } from './account-menu';
import { Brand } from './brand';
import { DeletionBanner } from './deletion-banner';
import { LiveIndicator, LiveProvider, usePollInterval } from './live';
import { ThemeToggle } from './theme-toggle';

const TAB = cx(
  '-outline-offset-2 relative inline-flex h-11 items-center gap-1.5 whitespace-nowrap text-[0.8125rem] text-ink-soft tracking-tight hover:text-ink sm:px-1 sm:text-sm sm:tracking-normal',
  'aria-[current=page]:font-semibold aria-[current=page]:text-ink',
  'after:absolute after:inset-x-0 after:bottom-0 after:h-0.5 after:rounded-full aria-[current=page]:after:bg-ink',
);

function IncidentCount() {
  const { data: summary } = useQuery({ ...summaryQuery, refetchInterval: usePollInterval() });
  const count = summary?.open_incidents ?? 0;
  if (count === 0) return null;
  return (
    <span className="rounded-full bg-down px-1.5 py-0.5 font-semibold text-[0.6875rem] text-paper leading-none">
      {formatCount(count)}
      <span className="sr-only"> ongoing</span>
    </span>
  );
}

export function Shell() {
  return (
    <LiveProvider>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-3"
      >
        Skip to content
      </a>
      <header className="border-line border-b bg-surface">
        <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-8 px-5">
          <Link to="/" className="flex h-14 items-center">
            <Brand />
          </Link>
          <nav
            aria-label="Main"
            className="flex w-full justify-between gap-x-3 [scrollbar-width:none] max-sm:order-last max-sm:overflow-x-auto sm:h-14 sm:w-auto sm:items-stretch sm:gap-6"
          >
            <Link to="/" activeOptions={{ exact: true, includeSearch: false }} className={cx(TAB, 'sm:h-14')}>
              {PAGE_TITLES.monitors}
            </Link>
            <Link to="/incidents" className={cx(TAB, 'sm:h-14')}>
              {PAGE_TITLES.incidents}
              <IncidentCount />
            </Link>
            <Link to="/maintenance" className={cx(TAB, 'sm:h-14')}>
              {PAGE_TITLES.maintenance}
            </Link>
            <Link to="/notifications" className={cx(TAB, 'sm:h-14')}>
              {PAGE_TITLES.notifications}
            </Link>
            <Link to="/sla-reports" className={cx(TAB, 'sm:h-14')}>
              {PAGE_TITLES.slaReports}
            </Link>
          </nav>
          <div className="ml-auto flex items-center gap-1">
            <LiveIndicator />
            <ThemeToggle />
            <AccountMenu />
          </div>
        </div>
      </header>
      <DeletionBanner />
      <main id="content" tabIndex={-1} className="mx-auto max-w-5xl px-5 pt-8 pb-20 outline-none">
        <Outlet />
      </main>
    </LiveProvider>
  );
}
