import { Link } from '@tanstack/react-router';
import { useCan } from '@/api/use-session';
import { accountMessages } from '@/messages/account';
import { TAB, TABS } from './notification-tabs';

/** The pages about the organisation. Those who see only one of them need no tabs. */
export function OrganisationTabs() {
  const seesKeys = useCan('manageApiKeys');
  const seesLog = useCan('readAuditLog');
  if (!seesKeys && !seesLog) return null;
  return (
    <nav aria-label={accountMessages.organisation} className={`mb-6 ${TABS}`}>
      <Link to="/organisation" className={TAB}>
        {accountMessages.overview}
      </Link>
      {seesKeys && (
        <Link to="/api-keys" className={TAB}>
          {accountMessages.apiKeys}
        </Link>
      )}
      {seesLog && (
        <Link to="/audit-log" activeOptions={{ includeSearch: false }} className={TAB}>
          {accountMessages.auditLog}
        </Link>
      )}
    </nav>
  );
}
