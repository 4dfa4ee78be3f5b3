import { NotificationTabs } from '@/components/notification-tabs';
import { PageHeader } from '@/components/page';
import { PAGE_TITLES } from '@/messages/terms';

export function EscalationPoliciesPage() {
  return (
    <>
      <PageHeader title={PAGE_TITLES.alerting} />
      <NotificationTabs />
    </>
  );
}
