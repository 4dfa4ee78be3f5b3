import { Link } from '@tanstack/react-router';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';

export const TABS = 'inline-flex gap-1 rounded-xl bg-sunken p-1';

export const TAB =
  'inline-flex min-h-9 items-center rounded-lg px-3.5 text-ink-soft text-sm hover:text-ink aria-[current=page]:bg-surface aria-[current=page]:font-medium aria-[current=page]:text-ink aria-[current=page]:shadow-xs';

export function NotificationTabs() {
  return (
    <nav aria-label={PAGE_TITLES.notifications} className={`mb-6 ${TABS}`}>
      <Link to="/notifications" activeOptions={{ exact: true }} className={TAB}>
        {common.channels}
      </Link>
      <Link to="/notifications/deliveries" activeOptions={{ includeSearch: false }} className={TAB}>
        Deliveries
      </Link>
    </nav>
  );
}
