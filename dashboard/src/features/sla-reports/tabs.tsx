import { Link } from '@tanstack/react-router';
import { useCan } from '@/api/use-session';
import { TAB, TABS } from '@/components/notification-tabs';
import { cx } from '@/lib/cx';
import { slaMessages as messages } from './messages';

/** Those who are narrowed to tags see no schedules, and need no tabs. */
export function SlaTabs() {
  if (!useCan('seeSlaSchedules')) return null;
  return (
    <nav aria-label={messages.tabs} className={cx(TABS, 'mb-6')}>
      <Link to="/sla-reports" activeOptions={{ exact: true }} className={TAB}>
        {messages.reports}
      </Link>
      <Link to="/sla-reports/schedules" className={TAB}>
        {messages.schedules}
      </Link>
    </nav>
  );
}
