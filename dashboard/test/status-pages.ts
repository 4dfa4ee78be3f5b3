import { HttpResponse } from 'msw';
import type {
  ComponentGroup,
  Destination,
  DestinationDelivery,
  ReportDraft,
  ReportTemplate,
  ReportUpdate,
  Role,
  StatusComponent,
  StatusPage,
  StatusReport,
  Subscriber,
  UpdateNotices,
} from '@/api/models';
import { http, page as pageOf, serveQuietAccount, server } from './server';

export const component = (
  id: number,
  name: string,
  changes: Partial<StatusComponent> = {},
): StatusComponent => ({
  id,
  name,
  description: null,
  monitor_id: id * 10,
  monitor_name: name,
  monitor_state: 'up',
  external: null,
  show_history: true,
  show_uptime: true,
  show_latency: false,
  ...changes,
});

/** Website by itself, Shop with Checkout and Search. */
export const GROUPS: ComponentGroup[] = [
  { name: null, is_open: true, components: [component(1, 'Website')] },
  { name: 'Shop', is_open: true, components: [component(2, 'Checkout'), component(3, 'Search')] },
];

export const statusPage = (changes: Partial<StatusPage> = {}): StatusPage => ({
  id: 7,
  slug: 'example',
  url: 'https://status.example.net/example',
  title: 'Example status',
  description: null,
  contact_url: null,
  published: true,
  accent_colour: '#1f6feb',
  theme: 'auto',
  locale: 'en',
  time_zone: 'UTC',
  allow_index: true,
  history_days: 90,
  show_maintenance: true,
  report_automatically_after_minutes: null,
  has_logo: false,
  access: { kind: 'public', has_password: false, email_domains: [], networks: [] },
  custom_domain: null,
  groups: GROUPS,
  version: 4,
  created_at: '2025-11-20T10:00:00.000Z',
  updated_at: '2025-11-20T10:00:00.000Z',
  ...changes,
});

export const reportUpdate = (changes: Partial<ReportUpdate> = {}): ReportUpdate => ({
  id: 31,
  status: 'investigating',
  message: 'Cards are **refused**.',
  components: [{ component_id: 2, impact: 'major_outage' }],
  notified: true,
  author: 'Ada',
  at: '2025-11-20T11:00:00.000Z',
  ...changes,
});

export const statusReport = (changes: Partial<StatusReport> = {}): StatusReport => ({
  id: 3,
  status_page_id: 7,
  title: 'Payments fail',
  status: 'investigating',
  components: [{ component_id: 2, impact: 'major_outage' }],
  incident_id: null,
  started_at: '2025-11-20T10:50:00.000Z',
  resolved_at: null,
  postmortem: null,
  updates: [reportUpdate()],
  url: 'https://status.example.net/example/reports/3',
  version: 2,
  created_at: '2025-11-20T11:00:00.000Z',
  updated_at: '2025-11-20T11:00:00.000Z',
  ...changes,
});

export const subscriber = (changes: Partial<Subscriber> = {}): Subscriber => ({
  id: '4c0e0c2e-0000-4000-8000-000000000001',
  address: 'ada@example.org',
  state: 'confirmed',
  components: null,
  created_at: '2025-11-20T10:00:00.000Z',
  confirmed_at: '2025-11-20T10:05:00.000Z',
  unsubscribed_at: null,
  unsubscribed_by: null,
  expires_at: null,
  error: null,
  ...changes,
});

export const destination = (changes: Partial<Destination> = {}): Destination => ({
  id: 1,
  name: 'Portal',
  kind: 'webhook',
  config: { url: 'https://example.org/hook', secret: '***' },
  components: null,
  enabled: true,
  gone_at: null,
  last_delivery: null,
  version: 1,
  created_at: '2025-11-20T10:00:00.000Z',
  updated_at: '2025-11-20T10:00:00.000Z',
  ...changes,
});

export const destinationDelivery = (changes: Partial<DestinationDelivery> = {}): DestinationDelivery => ({
  id: '7a0c1c1e-0000-4000-8000-000000000000',
  status_report_id: 3,
  title: 'Payments fail',
  update_id: 31,
  update_status: 'investigating',
  status: 'delivered',
  attempts: 1,
  http_status: 200,
  error: null,
  created_at: '2025-11-20T11:00:00.000Z',
  attempted_at: '2025-11-20T11:00:01.000Z',
  delivered_at: '2025-11-20T11:00:01.000Z',
  next_attempt_at: null,
  ...changes,
});

export const updateNotices = (changes: Partial<UpdateNotices> = {}): UpdateNotices => ({
  update_id: 31,
  waiting: 0,
  sent: 0,
  refused: 0,
  given_up: 0,
  dropped: 0,
  destinations: { waiting: 0, delivered: 0, refused: 0, given_up: 0, dropped: 0 },
  ...changes,
});

export const reportTemplate = (changes: Partial<ReportTemplate> = {}): ReportTemplate => ({
  id: 5,
  name: 'Slow',
  title: 'The shop is slow',
  message: 'We are **looking** into it.',
  status: 'identified',
  impact: 'degraded_performance',
  notify: true,
  version: 1,
  created_at: '2025-11-20T10:00:00.000Z',
  updated_at: '2025-11-20T10:00:00.000Z',
  ...changes,
});

export const reportDraft = (changes: Partial<ReportDraft> = {}): ReportDraft => ({
  status_page_id: 7,
  status_page_title: 'Example status',
  title: 'Checkout is down',
  started_at: '2025-11-20T10:50:07.000Z',
  status: 'investigating',
  message: 'We are looking into it.',
  components: [{ component_id: 2, impact: 'major_outage' }],
  report_id: null,
  ...changes,
});

/** A page as it is stored: what is sent is kept, and answered with the next version. */
export function serveStatusPage(initial = statusPage(), role: Role = 'owner', reports: StatusReport[] = []) {
  serveQuietAccount([], role);
  const stored = { page: initial, reports };
  const sent: { body: unknown; ifMatch: string | null }[] = [];
  server.use(
    http.get('/status-pages', () => HttpResponse.json(pageOf([stored.page]))),
    http.get('/status-pages/{id}', () => HttpResponse.json(stored.page)),
    http.get('/status-pages/{id}/statistics', () =>
      HttpResponse.json({ days: [], subscribers: 0, waiting_subscribers: 0 }),
    ),
    http.get('/status-pages/{id}/reports', () => HttpResponse.json(pageOf(stored.reports))),
    http.get('/status-reports/{id}', () => HttpResponse.json(stored.reports[0] ?? statusReport())),
    http.get('/status-reports/{id}/notices', () => HttpResponse.json({ items: [] })),
    http.get('/report-templates', () => HttpResponse.json(pageOf([]))),
    http.get('/status-pages/{id}/destinations', () => HttpResponse.json(pageOf([]))),
    http.patch('/status-pages/{id}', async ({ request }) => {
      const body = await request.json();
      sent.push({ body, ifMatch: request.headers.get('if-match') });
      const { title, published, logo } = body;
      stored.page = {
        ...stored.page,
        ...(title && { title }),
        ...(published != null && { published }),
        ...(logo !== undefined && { has_logo: logo !== null }),
        version: stored.page.version + 1,
      };
      return HttpResponse.json(stored.page);
    }),
  );
  return { stored, sent };
}
