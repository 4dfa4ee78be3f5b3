import { Link } from '@tanstack/react-router';
import { useCan } from '@/api/use-session';
import { common } from '@/messages/common';
import { ALERTING_TITLES, PAGE_TITLES } from '@/messages/terms';

/** What does not fit on a phone is scrolled to. */
export const TABS =
  'flex w-fit max-w-full gap-1 overflow-x-auto rounded-xl bg-sunken p-1 [scrollbar-width:none]';

export const TAB =
  '-outline-offset-2 inline-flex min-h-9 shrink-0 items-center rounded-lg px-3.5 text-ink-soft text-sm hover:text-ink aria-[current=page]:bg-surface aria-[current=page]:font-medium aria-[current=page]:text-ink aria-[current=page]:shadow-xs';

/** The pages about who is notified of what, and by which channels. */
export function NotificationTabs() {
  const seesPolicy = useCan('viewAlertPolicy');
  return (
    <nav aria-label={PAGE_TITLES.alerting} className={`mb-6 ${TABS}`}>
      <Link to="/notifications" activeOptions={{ exact: true }} className={TAB}>
        {common.channels}
      </Link>
      {seesPolicy && (
        <>
          <Link to="/notifications/routes" className={TAB}>
            {ALERTING_TITLES.routes}
          </Link>
          <Link to="/notifications/escalation-policies" className={TAB}>
            {ALERTING_TITLES.policies}
          </Link>
        </>
      )}
      <Link to="/notifications/deliveries" activeOptions={{ includeSearch: false }} className={TAB}>
        Deliveries
      </Link>
    </nav>
  );
}
