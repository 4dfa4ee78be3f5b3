import { BellOff } from 'lucide-react';
import type { SimulatedMessage, Why, WhySuppression, WhyWithout } from '@/api/models';
import { ReasonText, SUPPRESSION_ICONS } from '@/components/reason';
import { useMonitorName } from '@/components/use-monitor-name';
import { capitalise, formatDateTime, formatRecent } from '@/lib/format';
import { describeCauseOf } from '@/messages/alerting';
import { describeReason } from '@/messages/suppressions';
import { ALERT_LABELS } from '@/messages/terms';
import { whyMessages as messages, WITHOUT_LABELS } from './messages';
import { Soft } from './step';

const LIST = 'divide-y divide-line rounded-lg border border-line bg-surface';

function Suppressed({
  suppression,
  monitorName,
}: {
  suppression: WhySuppression;
  monitorName: (id: number) => string;
}) {
  const { at, by, reason, alert, channel_id, channel_name, cause } = suppression;
  const described = describeReason(reason);
  const known = by ?? described.by;
  const Icon = known ? SUPPRESSION_ICONS[known] : BellOff;
  const text = described.monitorId === undefined ? capitalise(described.text) : described.text;
  const whom =
    channel_id === null ? messages.ofAll : messages.ofChannel(channel_name ?? messages.deletedChannel);
  return (
    <li className="flex gap-3 px-3.5 py-2.5">
      <Icon className="mt-0.5 size-4 shrink-0 text-paused" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="break-words">
          <ReasonText reason={{ ...described, text }} monitorName={monitorName} />
        </p>
        <p className="break-words text-ink-soft text-xs">
          {[whom, ALERT_LABELS[alert], ...(cause ? [describeCauseOf(cause)] : [])].join(' · ')}
        </p>
      </div>
      <time
        dateTime={at}
        title={formatDateTime(at)}
        className="shrink-0 whitespace-nowrap text-ink-soft text-xs leading-5"
      >
        {formatRecent(at)}
      </time>
    </li>
  );
}

/** What kept people from being notified, with its reasons. */
export function KeptBack({ why: { suppressions } }: { why: Why }) {
  const named = suppressions.flatMap(({ reason }) => describeReason(reason).monitorId ?? []);
  const monitorName = useMonitorName([...new Set(named)]);
  if (suppressions.length === 0) return <Soft>{messages.nothingKeptBack}</Soft>;
  return (
    <ul aria-label={messages.keptBack} className={LIST}>
      {suppressions.map((suppression, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same may be decided twice at once
        <Suppressed key={at} suppression={suppression} monitorName={monitorName} />
      ))}
    </ul>
  );
}

const describeMessage = ({ at, channel_name, alert }: SimulatedMessage): string =>
  `${formatRecent(at)} · ${ALERT_LABELS[alert]} · ${channel_name ?? messages.deletedChannel}`;

/** What would have been sent without each of these. */
export function Without({ without }: { without: readonly WhyWithout[] }) {
  return (
    <>
      <Soft>{messages.withoutHint}</Soft>
      <ul aria-label={messages.without} className={LIST}>
        {without.map(({ without: by, messages: sent }) => {
          const Icon = SUPPRESSION_ICONS[by];
          return (
            <li key={by} className="flex gap-3 px-3.5 py-2.5">
              <Icon className="mt-0.5 size-4 shrink-0 text-ink-soft" aria-hidden />
              <div className="min-w-0 flex-1">
                <p className="flex flex-wrap justify-between gap-x-3">
                  <span>{WITHOUT_LABELS[by]}</span>
                  <span className="font-semibold">{messages.wouldSend(sent.length)}</span>
                </p>
                {sent.length > 0 && (
                  <ul className="mt-0.5 grid gap-0.5 text-ink-soft text-xs">
                    {sent.map((each, at) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: there may be two alike
                      <li key={at} className="break-words">
                        {describeMessage(each)}
                      </li>
                    ))}
                  </ul>
                )}
              </div>
            </li>
          );
        })}
      </ul>
    </>
  );
}
