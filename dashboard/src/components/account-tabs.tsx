import { Link } from '@tanstack/react-router';
import { accountMessages } from '@/messages/account';
import { TAB, TABS } from './notification-tabs';

/** The pages about whoever is logged in. */
export function AccountTabs() {
  return (
    <nav aria-label={accountMessages.account} className={`mb-6 ${TABS}`}>
      <Link to="/account" activeOptions={{ exact: true, includeSearch: false }} className={TAB}>
        {accountMessages.overview}
      </Link>
      <Link to="/account/channels" className={TAB}>
        {accountMessages.reached}
      </Link>
    </nav>
  );
}
