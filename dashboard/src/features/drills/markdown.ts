import type { DrillReport } from '@/api/models';
import { deliveryEvents } from '@/components/delivery-trace';
import { describeCauseOf } from '@/messages/alerting';
import { ALERT_LABELS } from '@/messages/terms';
import {
  entryMessages,
  formatSeconds,
  markdownMessages as messages,
  notReceived,
  STATE_TITLES,
  verdictOf,
} from './messages';
import { type Entry, reasonsOf, secondsAfter, timeline } from './timeline';

/** "2026-11-21 10:00:05". */
const utc = (at: string): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** Keeps a text within a cell, or a line. */
const plain = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();

interface Row {
  at: string;
  text: string;
}

/** Each step of the notifications of an entry. */
function deliveryRows({ deliveries = [] }: Entry, report: DrillReport): Row[] {
  const reasons = reasonsOf(report);
  return deliveries.flatMap((delivery) => {
    const { id, alert, cause, channel_name: name, outcome } = delivery;
    const of = messages.notification(ALERT_LABELS[alert], name ?? entryMessages.otherChannel);
    const events = deliveryEvents(delivery);
    return events.map(({ at, text, detail }, index) => {
      const why = index === 0 && cause ? describeCauseOf(cause) : null;
      const isLast = index === events.length - 1 && outcome === 'suppressed';
      const facts = [text, why, detail, isLast ? reasons.get(id)?.text : null].filter(Boolean);
      return { at, text: `${of}: ${facts.join(' · ')}` };
    });
  });
}

export interface Names {
  startedBy: string;
  channelName: (id: number) => string;
  monitorName: (id: number) => string;
}

/** The report as a document of its own. */
export function markdownOf(report: DrillReport, { startedBy, channelName, monitorName }: Names): string {
  const { name, monitor_name, state, started_at, ends_at, received, failed } = report;
  const { seconds_to_receive: toReceive, seconds_to_acknowledge: toAcknowledge, acknowledged } = report;
  const after = (seconds: number | null) =>
    seconds === null ? notReceived(state) : messages.afterStart(formatSeconds(seconds));
  const rows = timeline(report, startedBy, channelName).flatMap((entry): Row[] => {
    if (entry.deliveries) return deliveryRows(entry, report);
    const { reason } = entry;
    const subject = reason?.monitorId === undefined ? '' : monitorName(reason.monitorId);
    return [{ at: entry.at, text: entry.text + (reason ? `: ${subject}${reason.text}` : '') }];
  });
  const lines = rows
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map(({ at, text }) => `| ${utc(at)} | ${formatSeconds(secondsAfter(report, at))} | ${plain(text)} |`);
  return [
    `# ${plain(name)}`,
    '',
    messages.result(STATE_TITLES[state], verdictOf(report)),
    messages.monitor(plain(monitor_name)),
    messages.started(utc(started_at), plain(startedBy)),
    messages.ended(utc(ends_at), state !== 'running'),
    messages.firstReceipt(after(toReceive)),
    messages.acknowledgement(messages.by(after(toAcknowledge), acknowledged?.by)),
    messages.counts(received, failed),
    '',
    messages.head,
    ...lines,
    '',
  ].join('\n');
}
