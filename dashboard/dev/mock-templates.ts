/** Mock templates of reports. */
import type { ReportTemplate, ReportTemplateInput } from '../src/api/models';
import * as data from './mock-data';
import { list, lookup, on } from './mock-routes';

const templates = new Map<number, ReportTemplate>();

function save(input: ReportTemplateInput, old?: ReportTemplate): ReportTemplate {
  const now = new Date().toISOString();
  const saved: ReportTemplate = {
    id: old?.id ?? data.nextId(),
    name: input.name ?? old?.name ?? '',
    title: input.title === undefined ? (old?.title ?? null) : input.title,
    message: input.message ?? old?.message ?? '',
    status: input.status ?? old?.status ?? 'investigating',
    impact: input.impact === undefined ? (old?.impact ?? null) : input.impact,
    notify: input.notify ?? old?.notify ?? false,
    version: (old?.version ?? 0) + 1,
    created_at: old?.created_at ?? now,
    updated_at: now,
  };
  templates.set(saved.id, saved);
  return saved;
}

export function createTemplates(): void {
  save({
    name: 'Payments: provider is down',
    title: 'Payments with cards fail',
    message: 'Our payment provider has a problem. **Invoices** and bank transfers work as usual.',
    status: 'identified',
    impact: 'partial_outage',
    notify: true,
  });
  save({
    name: 'Slow answers',
    title: 'Slow answers',
    message: 'Pages take longer than usual to load. We are looking into it.',
    status: 'investigating',
    impact: 'degraded_performance',
    notify: true,
  });
  save({
    name: 'All clear',
    message: 'It works again, and we keep an eye on it.',
    status: 'resolved',
    notify: true,
  });
}

on('get', '/report-templates', () => list([...templates.values()]));
on('post', '/report-templates', ({ body }) => save(body));
on('get', '/report-templates/{id}', ({ id }) => lookup(templates, id));
on('patch', '/report-templates/{id}', ({ id, body }) => save(body, lookup(templates, id)));
on('delete', '/report-templates/{id}', ({ id }) => {
  templates.delete(Number(id));
  return undefined;
});
