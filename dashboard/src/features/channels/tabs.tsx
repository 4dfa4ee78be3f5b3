import { Link } from '@tanstack/react-router';

const TAB =
  'inline-flex min-h-9 items-center rounded-lg px-3.5 text-ink-soft text-sm hover:text-ink aria-[current=page]:bg-surface aria-[current=page]:font-medium aria-[current=page]:text-ink aria-[current=page]:shadow-xs';

/** The two pages about notifications. */
export function NotificationTabs() {
  return (
    <nav aria-label="Notifications" className="mb-6 inline-flex gap-1 rounded-xl bg-sunken p-1">
      <Link to="/notifications" activeOptions={{ exact: true }} className={TAB}>
        Channels
      </Link>
      <Link to="/notifications/deliveries" activeOptions={{ includeSearch: false }} className={TAB}>
        Deliveries
      </Link>
    </nav>
  );
}
