import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Controller } from 'react-hook-form';
import { alertRouteOfQuery } from '@/api/alert-policy';
import { severityValues } from '@/api/schema';
import { useCan } from '@/api/use-session';
import { Messages } from '@/components/field';
import { type RecipientOption, RecipientsFields } from '@/components/recipients-fields';
import { SegmentedControl } from '@/components/segmented-control';
import { alertingMessages, SEVERITY_HINTS, SEVERITY_LABELS } from '@/messages/alerting';
import type { Form } from '../use-fields';
import { ExplanationDialog } from './explanation-dialog';
import { describeDestinations, monitorAlerting as messages } from './messages';

const SEVERITIES = severityValues.map((value) => ({ value, label: SEVERITY_LABELS[value] }));

const LINK = 'font-medium text-ink underline underline-offset-4';

/** Which route takes the incidents of a saved monitor. */
function TakenNow({ monitorId }: { monitorId: number }) {
  const { data } = useQuery(alertRouteOfQuery(monitorId));
  const [isOpen, setOpen] = useState(false);
  // With recipients of its own it would say those.
  if (!data || data.recipients !== null) return null;
  return (
    <span className="mt-1 block">
      {messages.now(describeDestinations(data))}{' '}
      <button type="button" className={LINK} onClick={() => setOpen(true)}>
        {messages.why}
      </button>
      {isOpen && <ExplanationDialog monitorId={monitorId} onClose={() => setOpen(false)} />}
    </span>
  );
}

function RoutesHint({ monitorId }: { monitorId: number | undefined }): ReactNode {
  const seesRoutes = useCan('viewAlertPolicy');
  return (
    <>
      {messages.routesHint}{' '}
      {seesRoutes && (
        <Link to="/notifications/routes" className={LINK}>
          {messages.routesLink}
        </Link>
      )}
      {monitorId !== undefined && <TakenNow monitorId={monitorId} />}
    </>
  );
}

/** How bad it is when the monitor is down, and who is notified then. */
export function AlertingFields({ form, monitorId }: { form: Form; monitorId: number | undefined }) {
  const { errors } = form.formState;
  const severity = form.watch('severity');
  const options: RecipientOption[] = [
    { value: 'routes', label: messages.byRoutes, hint: <RoutesHint monitorId={monitorId} /> },
    { value: 'channels', label: messages.theseChannels },
    { value: 'policy', label: messages.aPolicy },
    { value: 'nobody', label: messages.nobody },
  ];
  return (
    <section aria-label={messages.title} className="card grid grid-cols-1 gap-5 p-5">
      <h2 className="font-semibold">{messages.title}</h2>
      <div>
        <SegmentedControl
          label={alertingMessages.severity}
          options={SEVERITIES}
          {...form.register('severity')}
        />
        <Messages id="severity" hint={SEVERITY_HINTS[severity]} error={errors.severity?.message} />
      </div>
      <Controller
        control={form.control}
        name="recipients"
        render={({ field }) => (
          <RecipientsFields
            value={field.value}
            onChange={(value) => {
              form.clearErrors('recipients');
              field.onChange(value);
            }}
            options={options}
            errors={{
              channels: errors.recipients?.channels?.message,
              policy_id: errors.recipients?.policy_id?.message,
            }}
          />
        )}
      />
    </section>
  );
}
