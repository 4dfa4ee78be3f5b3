import { zodResolver } from '@hookform/resolvers/zod';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { useForm } from 'react-hook-form';
import { alertRouteOfQuery } from '@/api/alert-policy';
import { startDrill } from '@/api/drills';
import { keys } from '@/api/keys';
import type { ExplainedDestination, RouteExplanation } from '@/api/models';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { useServerErrors } from '@/components/form-errors';
import { ReasonText, SUPPRESSION_ICONS } from '@/components/reason';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useMonitorName } from '@/components/use-monitor-name';
import { cx } from '@/lib/cx';
import { alertingMessages, describeRecipients } from '@/messages/alerting';
import { describeReason } from '@/messages/suppressions';
import { DrillFields } from './drill-fields';
import { DRILL_FIELDS, drillForm, drillInput, drillSchema, formField } from './drill-schema';
import { drillMessages as messages } from './messages';

/** "Policy Night shift", "#operations, Pager". */
function describe({ recipients, channels, policy }: ExplainedDestination): string {
  if (recipients === null) {
    const enabled = channels.filter((channel) => channel.enabled);
    if (enabled.length === 0) return alertingMessages.nobody;
    return enabled.map(({ name }) => name ?? alertingMessages.deletedChannel).join(', ');
  }
  return describeRecipients(recipients, {
    channel: (id) => channels.find((channel) => channel.id === id)?.name ?? undefined,
    policy: () => policy?.name ?? undefined,
  });
}

/** What would keep its notifications back. */
function Held({ held }: { held: RouteExplanation['held'] }) {
  const reasons = held.map(({ reason }) => describeReason(reason));
  const monitorName = useMonitorName([...new Set(reasons.flatMap(({ monitorId }) => monitorId ?? []))]);
  return (
    <ul className="mt-1.5 grid gap-1">
      {held.map(({ by, reason, channel_id: id, channel_name: channel }) => {
        const Icon = SUPPRESSION_ICONS[by];
        return (
          <li key={`${by} ${id} ${reason}`} className="flex gap-2 text-degraded">
            <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
            <span className="min-w-0 break-words">
              {messages.held(id === null ? null : (channel ?? messages.ownChannel))}{' '}
              <ReasonText reason={describeReason(reason)} monitorName={monitorName} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** Whom it would go to now. */
function SentTo({ monitorId }: { monitorId: number }) {
  const { data } = useQuery(alertRouteOfQuery(monitorId));
  const texts = data?.destinations.map(describe) ?? [];
  const isNobody = data !== undefined && texts.every((text) => text === alertingMessages.nobody);
  return (
    <div role="status" className="mt-2 text-sm">
      <p className={cx('break-words', isNobody && 'text-degraded')}>
        {data && (
          <span className="font-medium">
            {isNobody ? messages.sentToNobody : messages.sentTo([...new Set(texts)].join('; '))}
          </span>
        )}{' '}
        <Link
          to="/monitors/$monitorId"
          params={{ monitorId }}
          target="_blank"
          className="whitespace-nowrap underline underline-offset-4"
        >
          {messages.explain}
        </Link>
      </p>
      {data && data.held.length > 0 && <Held held={data.held} />}
    </div>
  );
}

/** Says first of all that this is real. */
function Warning() {
  return (
    <div className="flex gap-3 rounded-lg border border-degraded/40 bg-degraded/8 px-4 py-3 text-sm">
      <TriangleAlert className="mt-0.5 size-4.5 shrink-0 text-degraded" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{messages.warning}</p>
        <p className="mt-0.5 text-pretty">{messages.warningHint}</p>
      </div>
    </div>
  );
}

interface Props {
  /** Of which monitor it is to be; null where none is chosen yet. */
  monitor: number | null;
  onClose: () => void;
}

/** Starts a drill, and leads to its report. */
export function StartDialog({ monitor, onClose }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ resolver: zodResolver(drillSchema), defaultValues: drillForm(monitor) });
  const { banner, guard } = useServerErrors(form, DRILL_FIELDS, formField);
  const { isDirty, isSubmitting } = form.formState;
  const [chosen] = form.watch('monitors');

  const start = form.handleSubmit((values) =>
    guard(async () => {
      const drill = await startDrill(drillInput(values));
      void client.invalidateQueries({ queryKey: keys.drills });
      toastSuccess(messages.started);
      await navigate({ to: '/drills/$drillId', params: { drillId: drill.id } });
    }),
  );

  return (
    // While it is started, it leads to another page.
    <FormDialog title={alertingMessages.drill} dirty={isDirty && !isSubmitting} onClose={onClose}>
      <DialogForm error={banner} action={messages.start} busy={isSubmitting} onSubmit={start}>
        <UnsavedInput name="drill:new" form={form} />
        <Warning />
        <DrillFields form={form} nameExample={messages.nameExample} nameHint={messages.nameHint}>
          {chosen !== undefined && <SentTo monitorId={chosen} />}
        </DrillFields>
      </DialogForm>
    </FormDialog>
  );
}
