import { Link } from '@tanstack/react-router';
import { Clock3 } from 'lucide-react';
import type { ReactNode } from 'react';
import type { SlaContent, SlaIncident, SlaMonitor, SlaResult } from '@/api/models';
import { Section } from '@/components/page';
import { formatCount, formatDateTimeIn, formatMillis, formatRatio } from '@/lib/format';
import {
  describeAcknowledgement,
  describeCause,
  describeCounts,
  describeEnd,
  describeLatency,
  describePeriod,
  describeTarget,
  slaMessages as messages,
  percent,
} from './messages';
import { BudgetBar, Verdict } from './verdict';

/** The figures that the target is for. */
const decisive = (content: SlaContent, result: SlaResult) =>
  content.exclude_maintenance ? result.without_maintenance : result.all_time;

/** What a figure is called, with a link to what it means. */
function Defined({ url, children }: { url: string; children: ReactNode }) {
  return (
    <a
      href={`${url}#the-figures`}
      target="_blank"
      rel="noreferrer"
      title={messages.definition}
      className="underline decoration-dotted underline-offset-4 hover:decoration-solid"
    >
      {children}
    </a>
  );
}

interface FigureProps {
  label: string;
  /** Where it is defined. */
  url: string;
  children: ReactNode;
  note?: ReactNode;
}

function Figure({ label, url, children, note }: FigureProps) {
  return (
    <div className="bg-surface px-5 py-3.5">
      <dt className="text-ink-soft text-xs">
        <Defined url={url}>{label}</Defined>
      </dt>
      <dd className="mt-1 break-words font-medium text-sm">
        {children}
        {note && <span className="block font-normal text-ink-soft text-xs">{note}</span>}
      </dd>
    </div>
  );
}

function MeanTime({ label, url, time }: { label: string; url: string; time: SlaResult['mtta'] }) {
  return (
    <Figure label={label} url={url} note={time.mean_ms !== null && messages.mean(time.incidents)}>
      {time.mean_ms === null ? messages.noValue : formatMillis(time.mean_ms)}
    </Figure>
  );
}

function Summary({ content }: { content: SlaContent }) {
  const { total } = content;
  const { url } = content.method;
  const figures = decisive(content, total);
  return (
    <div className="card overflow-hidden">
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4 px-5 py-5">
        <div>
          <p className="font-semibold text-3xl tracking-tight">{percent(figures.percent)}</p>
          <p className="mt-1 text-ink-soft text-sm">
            <Defined url={url}>{describeTarget(content)}</Defined>
          </p>
        </div>
        <div className="w-full sm:w-80">
          <Verdict met={total.met} />
          {total.met !== null && <BudgetBar budget={total.budget} className="mt-2.5" />}
        </div>
      </div>
      <dl className="grid grid-cols-2 gap-px border-line border-t bg-line sm:grid-cols-4">
        <Figure url={url} label={messages.downtime} note={content.exclude_maintenance && messages.without}>
          {formatMillis(figures.down_ms)}
        </Figure>
        <Figure url={url} label={messages.maintenance}>
          {formatMillis(total.all_time.down_ms)}
        </Figure>
        <Figure url={url} label={messages.coverage}>
          {formatRatio(figures.coverage)}
        </Figure>
        <Figure url={url} label={messages.incidents}>
          {formatCount(figures.incidents)}
        </Figure>
        <MeanTime url={url} label={messages.mtta} time={total.mtta} />
        <MeanTime url={url} label={messages.mttr} time={total.mttr} />
        <Figure url={url} label={messages.responseTimes} note={messages.quantiles}>
          {describeLatency(total)}
        </Figure>
        <Figure url={url} label={messages.overall} note={describeCounts(total)}>
          {messages.monitorCount(content.monitors.length)}
        </Figure>
      </dl>
    </div>
  );
}

const HEAD = 'px-3 py-2.5 text-left font-medium text-ink-soft text-xs first:pl-5 last:pr-5';
const CELL = 'px-3 py-3 align-top first:pl-5 last:pr-5';

function MonitorRow({ content, monitor }: { content: SlaContent; monitor: SlaMonitor }) {
  const figures = decisive(content, monitor);
  return (
    <tr className="border-line border-t">
      <th scope="row" className={`${CELL} w-full min-w-44 text-left font-normal`}>
        <Link
          to="/monitors/$monitorId"
          params={{ monitorId: monitor.id }}
          className="break-words font-medium underline-offset-4 hover:underline"
        >
          {monitor.name}
        </Link>
        <div className="mt-1">
          <Verdict met={monitor.met} />
        </div>
        {monitor.met !== null && <BudgetBar budget={monitor.budget} className="mt-2 max-w-80" />}
      </th>
      <td className={`${CELL} whitespace-nowrap text-right font-medium`}>{percent(figures.percent)}</td>
      <td className={`${CELL} whitespace-nowrap text-right`}>{formatRatio(figures.coverage)}</td>
      <td className={`${CELL} text-right`}>{formatCount(figures.incidents)}</td>
      <td className={`${CELL} whitespace-nowrap text-right`}>{describeLatency(monitor)}</td>
    </tr>
  );
}

function Monitors({ content }: { content: SlaContent }) {
  return (
    <section
      aria-label={messages.overall}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, also by the keyboard
      tabIndex={0}
      className="card overflow-x-auto"
    >
      <table className="w-full text-sm">
        <thead>
          <tr>
            <th scope="col" className={HEAD}>
              {messages.monitor}
            </th>
            <th scope="col" className={`${HEAD} text-right`}>
              {messages.achieved}
            </th>
            <th scope="col" className={`${HEAD} text-right`}>
              {messages.coverage}
            </th>
            <th scope="col" className={`${HEAD} text-right`}>
              {messages.incidents}
            </th>
            <th scope="col" className={`${HEAD} text-right`}>
              {messages.responseTimes}
              <span className="block font-normal">{messages.quantiles}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {content.monitors.map((monitor) => (
            <MonitorRow key={monitor.id} content={content} monitor={monitor} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function IncidentItem({ monitor, incident, zone }: { monitor: string; incident: SlaIncident; zone: string }) {
  const fact = (label: string, value: string) => (
    <div className="min-w-40 flex-1">
      <dt className="text-ink-soft text-xs">{label}</dt>
      <dd>{value}</dd>
    </div>
  );
  return (
    <li className="px-5 py-3.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6">
        <Link
          to="/incidents/$incidentId"
          params={{ incidentId: incident.id }}
          className="break-words font-medium text-sm underline-offset-4 hover:underline"
        >
          {monitor}
        </Link>
        <span className="font-medium text-sm">{formatMillis(incident.duration_ms)}</span>
      </div>
      <p className="text-ink-soft text-sm">{describeCause(incident)}</p>
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1.5 text-sm">
        {fact(messages.began, formatDateTimeIn(incident.started_at, zone))}
        {fact(messages.ended, describeEnd(incident, zone))}
        {fact(messages.acknowledged, describeAcknowledgement(incident, zone))}
      </dl>
    </li>
  );
}

function Incidents({ content }: { content: SlaContent }) {
  const zone = content.period.time_zone;
  const all = content.monitors.flatMap(({ name, incidents }) =>
    incidents.map((incident) => ({ monitor: name, incident })),
  );
  const sorted = all.sort((a, b) => a.incident.started_at.localeCompare(b.incident.started_at));
  const leftOut = content.monitors.reduce((sum, monitor) => sum + monitor.incidents_left_out, 0);
  if (sorted.length === 0) return <p className="text-ink-soft text-sm">{messages.noIncidents}</p>;
  return (
    <>
      <ul aria-label={messages.incidents} className="card divide-y divide-line">
        {sorted.map(({ monitor, incident }) => (
          <IncidentItem key={incident.id} monitor={monitor} incident={incident} zone={zone} />
        ))}
      </ul>
      {leftOut > 0 && <p className="mt-3 text-ink-soft text-xs">{messages.leftOut(leftOut)}</p>}
    </>
  );
}

function Method({ content }: { content: SlaContent }) {
  const { version, statements, url } = content.method;
  return (
    <Section
      title={messages.method}
      aside={<span className="text-ink-soft text-xs">{messages.methodVersion(version)}</span>}
    >
      <ul className="grid max-w-3xl list-disc gap-1.5 pl-5 text-pretty text-ink-soft text-sm">
        {statements.map((statement) => (
          <li key={statement}>{statement}</li>
        ))}
      </ul>
      <a
        href={url}
        target="_blank"
        rel="noreferrer"
        className="mt-3 inline-block text-sm underline underline-offset-4"
      >
        {messages.definitions}
      </a>
    </Section>
  );
}

/** What a report says, or would say. */
export function ReportView({ content }: { content: SlaContent }) {
  return (
    <>
      {content.preliminary && (
        <p role="note" className="mb-4 flex items-center gap-2 text-degraded text-sm">
          <Clock3 className="size-4 shrink-0" aria-hidden />
          <span>
            <span className="font-semibold">{messages.preliminary}.</span> {messages.preliminaryHint}
          </span>
        </p>
      )}
      <Summary content={content} />
      <Section
        title={messages.monitorCount(content.monitors.length)}
        aside={<span className="text-ink-soft text-sm">{describePeriod(content.period)}</span>}
      >
        <Monitors content={content} />
      </Section>
      <Section title={messages.incidents}>
        <Incidents content={content} />
      </Section>
      <Method content={content} />
    </>
  );
}
