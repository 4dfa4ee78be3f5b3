import { Link } from '@tanstack/react-router';
import { useCan } from '@/api/use-session';
import { cx } from '@/lib/cx';
import { common } from '@/messages/common';
import { ALERTING_TITLES, PAGE_TITLES } from '@/messages/terms';
import { useCurrentInView } from './use-current-in-view';

/** What does not fit on a phone is scrolled to. */
export const TABS =
  'flex w-fit max-w-full gap-1 overflow-x-auto rounded-xl bg-sunken p-1 [scrollbar-width:none]';

export const TAB =
  '-outline-offset-2 inline-flex min-h-9 shrink-0 items-center rounded-lg px-3.5 text-ink-soft text-sm hover:text-ink aria-[current=page]:bg-surface aria-[current=page]:font-medium aria-[current=page]:text-ink aria-[current=page]:shadow-xs';

/** Narrower on a phone, where most of them are then seen at once. */
const NARROW_TAB = cx(TAB, 'max-sm:px-1.75 max-sm:text-[0.8125rem]');

/** The pages about who is notified of what, and by which channels. */
export function NotificationTabs() {
  const nav = useCurrentInView();
  const seesPolicy = useCan('viewAlertPolicy');
  return (
    <nav ref={nav} aria-label={PAGE_TITLES.alerting} className={cx(TABS, 'mb-6 max-sm:gap-0')}>
      <Link to="/notifications" activeOptions={{ exact: true }} className={NARROW_TAB}>
        {common.channels}
      </Link>
      {seesPolicy && (
        <>
          <Link to="/notifications/routes" className={NARROW_TAB}>
            {ALERTING_TITLES.routes}
          </Link>
          <Link to="/notifications/escalation-policies" className={NARROW_TAB}>
            {ALERTING_TITLES.policies}
          </Link>
        </>
      )}
      <Link to="/notifications/silences" activeOptions={{ includeSearch: false }} className={NARROW_TAB}>
        {ALERTING_TITLES.silences}
      </Link>
      <Link to="/notifications/deliveries" activeOptions={{ includeSearch: false }} className={NARROW_TAB}>
        Deliveries
      </Link>
      <Link to="/drills" activeOptions={{ includeSearch: false }} className={NARROW_TAB}>
        {ALERTING_TITLES.drills}
      </Link>
    </nav>
  );
}
