import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { alertRouteOfQuery } from '@/api/alert-policy';
import type { RoutedAlert } from '@/api/models';
import { routedAlertValues } from '@/api/schema';
import { FormDialog } from '@/components/dialog';
import { Loading, QueryView } from '@/components/query';
import { SegmentedControl } from '@/components/segmented-control';
import { ALERT_LABELS } from '@/messages/terms';
import { AskedRoutes, Destinations, Held, RouteFacts } from './explanation';
import { monitorAlerting as messages } from './messages';

const ALERTS = routedAlertValues.map((value) => ({ value, label: ALERT_LABELS[value] }));

/** Who would be notified of an incident of a monitor now, and why. */
export function ExplanationDialog({ monitorId, onClose }: { monitorId: number; onClose: () => void }) {
  const name = useId();
  const [alert, setAlert] = useState<RoutedAlert>('down');
  const query = useQuery(alertRouteOfQuery(monitorId, alert));
  return (
    <FormDialog title={messages.explain} onClose={onClose}>
      <div className="grid grid-cols-1 gap-5">
        <SegmentedControl
          label={messages.alert}
          options={ALERTS}
          name={name}
          selected={alert}
          onChange={({ target }) => setAlert(target.value as RoutedAlert)}
        />
        <QueryView query={query} loading={<Loading rows={3} className="h-12" />}>
          {(explanation) => (
            <>
              <Destinations explanation={explanation} />
              <Held explanation={explanation} />
              <AskedRoutes explanation={explanation} />
              <RouteFacts explanation={explanation} />
            </>
          )}
        </QueryView>
      </div>
    </FormDialog>
  );
}
