/** The monitors of the mock, and how they behave. */
import type { MonitorInput } from '../src/api/models';

/** `failing` is the share of failed checks, `latency` the usual response time in milliseconds. */
export interface Behaviour {
  latency: number;
  failing: number;
}

type Example = MonitorInput & Behaviour & { name: string; url: string; fresh?: boolean };

export const MONITORS: Example[] = [
  { name: 'Website', url: 'https://www.example.org/', latency: 85, failing: 0 },
  {
    name: 'Checkout API',
    tags: ['payments', 'customers'],
    url: 'https://api.example.org/v2/checkout/health',
    latency: 140,
    failing: 1,
    http: {
      method: 'POST',
      body: '{"dry_run": true}',
      headers: { 'Content-Type': 'application/json', 'X-Api-Key': '***' },
      auth: { type: 'bearer', token: '***' },
      json: { path: '$.status', equals: 'ok' },
      tls_warn_days: 14,
    },
  },
  { name: 'Search', url: 'https://search.example.org/', latency: 420, slow_ms: 450, failing: 0 },
  { name: 'Documentation', url: 'https://docs.example.org/', latency: 35, failing: 0.04 },
  {
    name: 'Login of the customer portal, European region',
    url: 'https://eu.login.example.org/',
    latency: 210,
    failing: 0,
  },
  {
    name: 'Image CDN',
    url: 'https://img.example.org/probe.webp',
    down_after: 3,
    down_of: 5,
    flapping: { outages: 3, within_minutes: 30, lasting_minutes: 5 },
    latency: 18,
    failing: 0.1,
  },
  { name: 'Legacy CRM', url: 'https://crm.internal.example.org/', latency: 900, failing: 0, paused: true },
  {
    name: 'Orders database',
    kind: 'tcp',
    url: 'tcp://db.example.org:5432',
    tags: ['payments', 'databases'],
    latency: 4,
    failing: 0,
  },
  { name: 'Mail server', kind: 'icmp', url: 'icmp://mail.example.org', latency: 9, failing: 0.03 },
  {
    name: 'Mail routing',
    kind: 'dns',
    url: 'dns://example.org',
    dns: { record_type: 'MX', expected: ['10 mail.example.org.'] },
    latency: 21,
    failing: 0,
  },
  { name: 'Shop certificate', kind: 'tls', url: 'tls://shop.example.org:443', latency: 48, failing: 0 },
  { name: 'Status page', url: 'https://status.example.org/', latency: 60, failing: 0, fresh: true },
  {
    name: 'Storefront, from three regions',
    url: 'https://store.example.org/',
    tags: ['customers'],
    regions: ['ap', 'eu', 'us'],
    latency: 110,
    failing: 0.03,
  },
];

/** 300 monitors that have always failed. */
export const storm = (): Example[] =>
  Array.from({ length: 300 }, (_, index) => ({
    name: `Shop ${index + 1}`,
    url: `https://${index + 1}.shop.example.org/`,
    latency: 80,
    failing: 1,
  }));
