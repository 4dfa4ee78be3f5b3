import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import type { ReportTemplate } from '@/api/models';
import { renderAt } from '../../../../test/render';
import { http, noContent, page, problem, server } from '../../../../test/server';
import { reportTemplate, serveStatusPage, statusPage, statusReport } from '../../../../test/status-pages';

const ALL_CLEAR = reportTemplate({
  id: 6,
  name: 'All clear',
  title: null,
  message: 'It works again.',
  status: 'resolved',
  impact: null,
  notify: false,
});

/** Templates as they are stored. */
function serveTemplates(...initial: ReportTemplate[]) {
  serveStatusPage(statusPage(), 'editor', [statusReport()]);
  const list = { stored: initial };
  const sent: unknown[] = [];
  server.use(
    http.get('/report-templates', () => HttpResponse.json(page(list.stored))),
    http.post('/report-templates', async ({ request }) => {
      sent.push(await request.json());
      list.stored = [...list.stored, reportTemplate({ id: 9, name: 'New' })];
      return HttpResponse.json(reportTemplate({ id: 9, name: 'New' }), { status: 201 });
    }),
    http.patch('/report-templates/{id}', async ({ request }) => {
      sent.push({ ...(await request.json()), ifMatch: request.headers.get('if-match') });
      return HttpResponse.json(reportTemplate({ version: 2 }));
    }),
    http.delete('/report-templates/{id}', () => {
      list.stored = [];
      return noContent();
    }),
  );
  return { list, sent };
}

const message = () => screen.getByLabelText<HTMLTextAreaElement>('What visitors read');
const choose = async (user: ReturnType<typeof renderAt>['user'], name: string) =>
  user.selectOptions(await screen.findByLabelText('Use a template'), name);

it('adds, changes and deletes templates beside the reports', async () => {
  const { sent } = serveTemplates();
  const { user } = renderAt('/status-pages/7/reports');
  await user.click(await screen.findByRole('button', { name: 'Templates' }));
  const dialog = () => within(screen.getAllByRole('dialog').at(-1) as HTMLElement);
  expect(await dialog().findByText(/^No templates yet/)).toBeTruthy();
  await user.click(dialog().getByRole('button', { name: 'Add template' }));
  expect(document.activeElement).toBe(dialog().getByLabelText('Name'));
  await user.type(dialog().getByLabelText('Name'), 'New');
  await user.type(dialog().getByLabelText('What visitors read'), 'We look.');
  await user.click(dialog().getByRole('radio', { name: 'Resolved' }));
  expect(dialog().queryByLabelText('Impact on the chosen components')).toBeNull();
  await user.click(dialog().getByRole('radio', { name: 'Identified' }));
  await user.selectOptions(dialog().getByLabelText('Impact on the chosen components'), 'Partial outage');
  await user.click(dialog().getByRole('button', { name: 'Add template' }));
  expect(await dialog().findByText('Choose whether subscribers are notified')).toBeTruthy();
  await user.click(dialog().getByRole('radio', { name: 'Only on the page' }));
  await user.click(dialog().getByRole('button', { name: 'Add template' }));
  const row = within(await screen.findByRole('list', { name: 'Templates' }));
  expect(sent).toEqual([
    {
      name: 'New',
      title: null,
      message: 'We look.',
      status: 'identified',
      impact: 'partial_outage',
      notify: false,
    },
  ]);

  await user.click(row.getByRole('button', { name: 'Edit New' }));
  await user.type(dialog().getByLabelText('Name'), 'er');
  await user.keyboard('{Escape}');
  await user.click(screen.getByRole('button', { name: 'Discard' }));
  expect(document.activeElement).toBe(row.getByRole('button', { name: 'Edit New' }));
  await user.click(row.getByRole('button', { name: 'Edit New' }));
  await user.click(dialog().getByRole('radio', { name: 'Resolved' }));
  await user.click(dialog().getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]).toMatchObject({ status: 'resolved', impact: null, ifMatch: '"1"' });
  await user.click(await screen.findByRole('button', { name: 'Delete New' }));
  await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Delete template' }));
  expect(await screen.findByText(/^No templates yet/)).toBeTruthy();
});

it('fills in a new report, and asks before it replaces what was typed', async () => {
  serveTemplates(reportTemplate(), ALL_CLEAR);
  const sent: unknown[] = [];
  server.use(
    http.post('/status-pages/{id}/reports', async ({ request }) => {
      sent.push(await request.json());
      return problem(422, '1 field is invalid', [{ field: 'title', message: 'is rude' }]);
    }),
  );
  const { user } = renderAt('/status-pages/7/reports/new');
  await choose(user, 'Slow');
  expect(message().value).toBe('We are **looking** into it.');
  expect(screen.getByText('Filled in from “Slow”.')).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>('Title').value).toBe('The shop is slow');
  // What a template has filled in nobody has typed.
  await choose(user, 'All clear');
  expect(screen.queryByRole('alertdialog')).toBeNull();
  expect(message().value).toBe('It works again.');
  expect(screen.getByLabelText<HTMLInputElement>('Title').value).toBe('The shop is slow');
  expect(screen.getByRole<HTMLInputElement>('radio', { name: 'Only on the page' }).checked).toBe(true);

  await user.type(message(), ' Sorry.');
  await choose(user, 'Slow');
  const question = within(screen.getByRole('alertdialog'));
  await user.click(question.getByRole('button', { name: 'Keep my text' }));
  expect(message().value).toBe('It works again. Sorry.');
  await choose(user, 'Slow');
  await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Replace' }));
  expect(message().value).toBe('We are **looking** into it.');
  await user.selectOptions(screen.getByLabelText('Add component'), 'Checkout');
  await user.click(screen.getByRole('button', { name: 'Publish report' }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        title: 'The shop is slow',
        update: {
          status: 'identified',
          message: 'We are **looking** into it.',
          components: [{ component_id: 2, impact: 'degraded_performance' }],
          notify: true,
        },
      },
    ]),
  );
});

it('fills in an update of a report, with the impact of what is affected', async () => {
  serveTemplates(reportTemplate());
  const { user } = renderAt('/status-pages/7/reports/3');
  await user.click(await screen.findByRole('button', { name: 'Add update' }));
  await choose(user, 'Slow');
  expect(message().value).toBe('We are **looking** into it.');
  expect(screen.getByLabelText<HTMLSelectElement>('Impact on Checkout').value).toBe('degraded_performance');
  expect(screen.getByRole<HTMLInputElement>('radio', { name: 'Subscribers are notified' }).checked).toBe(
    true,
  );
});
