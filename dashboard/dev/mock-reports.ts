/** Mock reports on status pages. */
import type {
  ComponentImpact,
  ReportUpdate,
  ReportUpdateInput,
  StatusPage,
  StatusReport,
} from '../src/api/models';
import * as data from './mock-data';
import { createDestinations } from './mock-destinations';
import { fail, found, lookup, on, pageOf } from './mock-routes';
import { pages } from './mock-status-pages';
import { noticesOf } from './mock-subscribers';

const now = () => new Date().toISOString();
const before = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

const reports = new Map<number, StatusReport>();

function updateOf(input: ReportUpdateInput, at = now()): ReportUpdate {
  const { status, message, components = [], notify } = input;
  if (notify == null) fail(422, '1 field is not valid', [{ field: 'notify', message: 'is required' }]);
  return {
    id: data.nextId(),
    status,
    message: message ?? '',
    components,
    notified: notify ?? false,
    author: 'Ada',
    at,
  };
}

function apply(report: StatusReport, update: ReportUpdate): StatusReport {
  const isResolved = update.status === 'resolved';
  const impacts = new Map<number, ComponentImpact>();
  for (const each of [...report.components, ...update.components]) impacts.set(each.component_id, each);
  return Object.assign(report, {
    status: update.status,
    resolved_at: isResolved ? update.at : null,
    components: [...impacts.values()].map((each) =>
      isResolved ? { ...each, impact: 'operational' as const } : each,
    ),
    updates: [update, ...report.updates],
    version: report.version + 1,
    updated_at: now(),
  });
}

function add(page: StatusPage, title: string, startedAt: string, incident: string | null): StatusReport {
  const id = data.nextId();
  const report: StatusReport = {
    id,
    status_page_id: page.id,
    title,
    status: 'investigating',
    components: [],
    incident_id: incident,
    started_at: startedAt,
    resolved_at: null,
    postmortem: null,
    updates: [],
    url: page.url && `${page.url}/reports/${id}`,
    version: 0,
    created_at: now(),
    updated_at: now(),
  };
  reports.set(id, report);
  return report;
}

const componentsOf = (page: StatusPage) => page.groups.flatMap(({ components }) => components);

export function createReports(): void {
  const page = [...pages.values()][0];
  const [, checkout, search] = page ? componentsOf(page) : [];
  if (!page || !checkout || !search) return;
  const say = (
    report: StatusReport,
    status: ReportUpdateInput['status'],
    message: string,
    hours: number,
    components: ComponentImpact[] = [],
  ) => apply(report, updateOf({ status, message, components, notify: true }, before(hours)));

  const past = add(page, 'Search returned old results', before(170), null);
  say(past, 'investigating', 'Search shows results of yesterday.', 170, [
    { component_id: search.id, impact: 'degraded_performance' },
  ]);
  say(past, 'resolved', 'The index is up to date again.', 166);
  past.postmortem =
    'A disk was full, so that the index was not written.\n\n- Disks of the index are monitored now\n- Old indexes are deleted after a week';
  const open = add(page, 'Payments with cards fail', before(2), null);
  say(open, 'investigating', 'Some payments with cards are refused. We are looking into it.', 2, [
    { component_id: checkout.id, impact: 'major_outage' },
  ]);
  say(
    open,
    'identified',
    'Our payment provider has **problems with one bank**. Other cards, PayPal and invoices work.\n\nSee [their status](https://status.example.net/).',
    1.2,
    [{ component_id: checkout.id, impact: 'partial_outage' }],
  );
  createDestinations(open, open.updates[0]?.id ?? 0);
}

on('get', '/status-pages/{id}/reports', ({ id, query }) =>
  pageOf([...reports.values()].filter((each) => each.status_page_id === Number(id)).reverse(), query),
);
on('post', '/status-pages/{id}/reports', ({ id, body }) => {
  const { title, started_at: startedAt, incident_id: incident, update } = body;
  const first = updateOf(found(update ?? undefined));
  return apply(add(lookup(pages, id), title ?? '', startedAt ?? now(), incident ?? null), first);
});
/** An object of whatever shape, as the API's document has it. */
const free = (value: unknown) => value as Record<string, never>;

on('post', '/status-pages/{id}/reports/preview', ({ id, body }) => {
  const { title, url } = lookup(pages, id);
  const { message = '', status } = body.update ?? {};
  const about = body.report_id ? lookup(reports, String(body.report_id)).title : body.title;
  const heading = `${status}: ${about}`;
  const plain = (text: string) => ({ type: 'plain_text', text });
  const run = (text: string) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text }] });
  return {
    email: { subject: `[${title}] ${heading}`, text: `${message}\n\n${url}/subscription/…` },
    slack: free({
      text: heading,
      blocks: [
        { type: 'header', text: plain(heading) },
        { type: 'section', text: plain(message ?? '') },
        { type: 'context', elements: [plain(title), { type: 'mrkdwn', text: `<${url}|View the report>` }] },
      ],
    }),
    teams: free({
      type: 'message',
      attachments: [
        {
          content: {
            type: 'AdaptiveCard',
            body: [run(heading), run(message ?? '')],
            actions: [{ type: 'Action.OpenUrl', title: 'View the report', url }],
          },
        },
      ],
    }),
    webhook: free({ type: 'status_report.updated', data: { report: { title: about }, update: { message } } }),
  };
});
on('get', '/status-reports/{id}', ({ id }) => lookup(reports, id));
on('patch', '/status-reports/{id}', ({ id, body }) => {
  const report = lookup(reports, id);
  const { title, started_at: startedAt, postmortem } = body;
  return Object.assign(report, {
    title: title ?? report.title,
    started_at: startedAt ?? report.started_at,
    postmortem: postmortem === undefined ? report.postmortem : postmortem,
    version: report.version + 1,
  });
});
on('get', '/status-reports/{id}/notices', ({ id }) => ({ items: noticesOf(lookup(reports, id)) }));
on('delete', '/status-reports/{id}', ({ id }) => {
  reports.delete(Number(id));
  return undefined;
});
on('post', '/status-reports/{id}/updates', ({ id, body }) => apply(lookup(reports, id), updateOf(body)));
on('patch', '/status-reports/{id}/updates/{update_id}', ({ id, params, body }) => {
  const report = lookup(reports, id);
  const update = found(report.updates.find((each) => each.id === Number(params.update_id)));
  update.message = body.message ?? '';
  return Object.assign(report, { version: report.version + 1 });
});
on('get', '/incidents/{id}/status-report-drafts', ({ id }) => {
  const incident = found(data.incidents.find((each) => each.id === id));
  const drafts = [...pages.values()].flatMap((page) => {
    const affected = componentsOf(page).filter((each) => each.monitor_id === incident.monitor_id);
    if (affected.length === 0) return [];
    const known = [...reports.values()].find(
      (each) => each.incident_id === id && each.status_page_id === page.id,
    );
    return {
      status_page_id: page.id,
      status_page_title: page.title,
      title: `${affected[0]?.name} is not available`,
      started_at: incident.started_at,
      status: 'investigating' as const,
      message: `We are looking into a problem with ${affected[0]?.name}.`,
      components: affected.map((each) => ({ component_id: each.id, impact: 'major_outage' as const })),
      report_id: known?.id ?? null,
    };
  });
  return { items: drafts };
});
