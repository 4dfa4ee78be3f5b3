import { Link } from '@tanstack/react-router';
import { TAB, TABS } from '@/components/notification-tabs';
import { PAGE_TITLES } from '@/messages/terms';
import { onCallMessages as messages } from './messages';

/** The pages about people who are notified. */
export function OnCallTabs() {
  return (
    <nav aria-label={PAGE_TITLES.onCall} className={`mb-6 ${TABS}`}>
      <Link to="/on-call" activeOptions={{ exact: true }} className={TAB}>
        {messages.schedules}
      </Link>
      <Link to="/on-call/teams" className={TAB}>
        {messages.teams}
      </Link>
      <Link to="/on-call/calendars" className={TAB}>
        {messages.calendars}
      </Link>
    </nav>
  );
}
