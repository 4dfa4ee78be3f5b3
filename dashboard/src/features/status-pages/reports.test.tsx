import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { renderAt } from '../../../test/render';
import { http, noContent, problem, server } from '../../../test/server';
import {
  reportDraft,
  reportUpdate,
  serveStatusPage,
  statusPage,
  statusReport,
  updateNotices,
} from '../../../test/status-pages';

const INCIDENT = '8f0c1c1e-0000-4000-8000-000000000000';
const RESOLVED = statusReport({
  id: 2,
  title: 'Slow search',
  status: 'resolved',
  resolved_at: '2025-11-20T12:50:00.000Z',
});

it('lists open reports before those of the past, whichever is newer', async () => {
  serveStatusPage(statusPage(), 'viewer', [RESOLVED, statusReport()]);
  renderAt('/status-pages/7/reports');
  const open = within(await screen.findByRole('list', { name: 'Open' }));
  expect(open.getByRole('link', { name: 'Payments fail' })).toBeTruthy();
  expect(open.getByText('Cards are refused.')).toBeTruthy();
  const past = within(screen.getByRole('list', { name: 'Past' }));
  expect(past.getByRole('link', { name: 'Slow search' })).toBeTruthy();
  expect(past.getByText('Lasted 2 h')).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Publish report' })).toBeNull();
  expect(screen.getByText('Editors, admins and owners can publish reports on status pages.')).toBeTruthy();
});

it('publishes a report only once it was chosen whether subscribers are notified', async () => {
  serveStatusPage(statusPage(), 'editor');
  const sent: unknown[] = [];
  server.use(
    http.post(
      '/status-pages/{id}/reports',
      async ({ request }) => {
        sent.push(await request.json());
        return problem(422, '1 field is invalid', [{ field: 'update.message', message: 'must not be rude' }]);
      },
      { once: true },
    ),
    http.post('/status-pages/{id}/reports', () => HttpResponse.json(statusReport(), { status: 201 })),
  );
  const { user } = renderAt('/status-pages/7/reports/new');
  await user.type(await screen.findByLabelText('Title'), 'Payments fail');
  await user.type(screen.getByLabelText('What visitors read'), 'Cards are **refused**');
  await user.selectOptions(screen.getByLabelText('Add component'), 'Checkout');
  await user.selectOptions(screen.getByLabelText('Impact on Checkout'), 'Major outage');
  const choices = screen.getAllByRole<HTMLInputElement>('radio', { name: /^(Subscribers are|Only on)/ });
  expect(choices.map(({ checked }) => checked)).toEqual([false, false]);
  await user.click(screen.getByRole('button', { name: 'Publish report' }));
  expect(await screen.findByText('Choose whether subscribers are notified')).toBeTruthy();
  expect(sent).toEqual([]);

  await user.click(
    within(screen.getByRole('group', { name: /: view$/ })).getByRole('button', { name: 'Preview' }),
  );
  expect(screen.getByText('refused').tagName).toBe('STRONG');
  await user.click(screen.getByRole('radio', { name: 'Only on the page' }));
  await user.click(screen.getByRole('button', { name: 'Publish report' }));
  expect(await screen.findByText('must not be rude')).toBeTruthy();
  expect(screen.getByLabelText('What visitors read').getAttribute('aria-invalid')).toBe('true');
  expect(sent).toEqual([
    {
      title: 'Payments fail',
      update: {
        status: 'investigating',
        message: 'Cards are **refused**',
        components: [{ component_id: 2, impact: 'major_outage' }],
        notify: false,
      },
    },
  ]);
  await user.click(screen.getByRole('button', { name: 'Publish report' }));
  expect(await screen.findByRole('list', { name: 'Updates' })).toBeTruthy();
  expect(screen.getByText('Payments fail published')).toBeTruthy();
});

it('fills in a report from an incident, to the second of its start', async () => {
  serveStatusPage(statusPage(), 'editor');
  let sent: unknown;
  server.use(
    http.get('/incidents/{id}/status-report-drafts', () =>
      HttpResponse.json({ items: [reportDraft({ status_page_id: 6, title: 'Wrong' }), reportDraft()] }),
    ),
    http.post('/status-pages/{id}/reports', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(statusReport(), { status: 201 });
    }),
  );
  const { user } = renderAt(`/status-pages/7/reports/new?incident=${INCIDENT}`);
  expect(await screen.findByDisplayValue('Checkout is down')).toBeTruthy();
  await user.click(screen.getByRole('radio', { name: 'Subscribers are notified' }));
  await user.click(screen.getByRole('button', { name: 'Publish report' }));
  await screen.findByRole('list', { name: 'Updates' });
  expect(sent).toEqual({
    title: 'Checkout is down',
    incident_id: INCIDENT,
    started_at: '2025-11-20T10:50:07.000Z',
    update: {
      status: 'investigating',
      message: 'We are looking into it.',
      components: [{ component_id: 2, impact: 'major_outage' }],
      notify: true,
    },
  });
});

it('leads to the report that there is about an incident', async () => {
  serveStatusPage(statusPage(), 'editor');
  server.use(
    http.get('/incidents/{id}/status-report-drafts', () =>
      HttpResponse.json({ items: [reportDraft({ report_id: 3 })] }),
    ),
  );
  renderAt(`/status-pages/7/reports/new?incident=${INCIDENT}`);
  expect(await screen.findByRole('link', { name: 'Open it' })).toHaveProperty(
    'pathname',
    '/status-pages/7/reports/3',
  );
  expect(screen.queryByLabelText('Title')).toBeNull();
});

it('does not offer the form to those who could not publish', async () => {
  serveStatusPage(statusPage(), 'responder');
  renderAt('/status-pages/7/reports/new');
  expect(await screen.findByText(/^Editors, admins and owners can publish reports/)).toBeTruthy();
  expect(screen.queryByLabelText('Title')).toBeNull();
});

it('resolves a report with a text that is there, in the language of the page', async () => {
  const { stored } = serveStatusPage(statusPage({ locale: 'de' }), 'editor', [statusReport()]);
  let sent: unknown;
  server.use(
    http.post('/status-reports/{id}/updates', async ({ request }) => {
      sent = await request.json();
      const last = reportUpdate({ id: 32, status: 'resolved', message: 'Vorbei', components: [] });
      stored.reports = [statusReport({ ...RESOLVED, id: 3, updates: [last, reportUpdate()] })];
      return HttpResponse.json(stored.reports[0], { status: 201 });
    }),
  );
  const { user } = renderAt('/status-pages/7/reports/3');
  await user.click(await screen.findByRole('button', { name: 'Resolve' }));
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByText('All components become operational.')).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Resolve' }));
  expect(await dialog.findByText('Choose whether subscribers are notified')).toBeTruthy();
  await user.click(dialog.getByRole('radio', { name: 'Subscribers are notified' }));
  await user.click(dialog.getByRole('button', { name: 'Resolve' }));
  expect(await screen.findByText('Report resolved')).toBeTruthy();
  expect(sent).toEqual({
    status: 'resolved',
    message: 'Die Störung ist behoben.',
    components: [],
    notify: true,
  });
  expect(await screen.findByText('Vorbei')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Resolve' })).toBeNull();
});

it('sends only the impacts that an update changes', async () => {
  serveStatusPage(statusPage(), 'editor', [
    statusReport({
      components: [
        { component_id: 2, impact: 'major_outage' },
        { component_id: 3, impact: 'degraded_performance' },
      ],
    }),
  ]);
  let sent: unknown;
  server.use(
    http.post('/status-reports/{id}/updates', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(statusReport(), { status: 201 });
    }),
  );
  const { user } = renderAt('/status-pages/7/reports/3');
  await user.click(await screen.findByRole('button', { name: 'Add update' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('What visitors read'), 'Cards work');
  await user.selectOptions(dialog.getByLabelText('Impact on Checkout'), 'Operational');
  await user.click(dialog.getByRole('radio', { name: 'Only on the page' }));
  await user.click(dialog.getByRole('button', { name: 'Add update' }));
  await screen.findByText('Update published');
  expect(sent).toMatchObject({ components: [{ component_id: 2, impact: 'operational' }], notify: false });
});

it('shows what is refused of a component in its row, whichever are not sent', async () => {
  serveStatusPage(statusPage(), 'editor', [
    statusReport({
      components: [
        { component_id: 3, impact: 'degraded_performance' },
        { component_id: 2, impact: 'major_outage' },
      ],
    }),
  ]);
  server.use(
    http.post('/status-reports/{id}/updates', () =>
      problem(422, '1 field is not valid', [{ field: 'components.0.impact', message: 'must be less' }]),
    ),
  );
  const { user } = renderAt('/status-pages/7/reports/3');
  await user.click(await screen.findByRole('button', { name: 'Add update' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('What visitors read'), 'Cards work');
  const impact = dialog.getByLabelText('Impact on Checkout');
  await user.selectOptions(impact, 'Operational');
  await user.click(dialog.getByRole('radio', { name: 'Only on the page' }));
  await user.click(dialog.getByRole('button', { name: 'Add update' }));
  const wrong = await dialog.findByText('must be less');
  expect(impact.getAttribute('aria-describedby')).toBe(wrong.closest('[id]')?.id);
  await waitFor(() => expect(document.activeElement).toBe(impact));
});

it('changes the words of an update, also of one that somebody else has changed', async () => {
  const { stored } = serveStatusPage(statusPage(), 'editor', [statusReport()]);
  const sent: [string | null, unknown][] = [];
  server.use(
    http.patch(
      '/status-reports/{id}/updates/{update_id}',
      () => {
        stored.reports = [statusReport({ version: 3 })];
        return problem(412, 'it was changed in the meantime');
      },
      { once: true },
    ),
    http.patch('/status-reports/{id}/updates/{update_id}', async ({ request, params }) => {
      expect(params.update_id).toBe('31');
      sent.push([request.headers.get('if-match'), await request.json()]);
      return HttpResponse.json(statusReport({ updates: [reportUpdate({ message: 'Cards work' })] }));
    }),
  );
  const { user } = renderAt('/status-pages/7/reports/3');
  await user.click(await screen.findByRole('button', { name: /^Edit update Investigating/ }));
  const dialog = within(screen.getByRole('dialog'));
  const field = dialog.getByLabelText('What visitors read');
  await user.clear(field);
  await user.type(field, 'Cards work');
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  await user.click(await dialog.findByRole('button', { name: 'Load the latest version' }));
  await screen.findByText(/Latest version loaded/);
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Cards work')).toBeTruthy();
  expect(sent).toEqual([['"3"', { message: 'Cards work' }]]);
});

it('writes a postmortem, and deletes a report', async () => {
  serveStatusPage(statusPage(), 'editor', [RESOLVED]);
  const sent: unknown[] = [];
  server.use(
    http.patch('/status-reports/{id}', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ ...RESOLVED, postmortem: 'A disk was full.' });
    }),
    http.delete('/status-reports/{id}', () => noContent()),
  );
  const { user } = renderAt('/status-pages/7/reports/2');
  await user.click(await screen.findByRole('button', { name: 'Write postmortem' }));
  await user.type(within(screen.getByRole('dialog')).getByRole('textbox'), 'A disk was full.');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('A disk was full.')).toBeTruthy();
  expect(sent).toEqual([{ postmortem: 'A disk was full.' }]);
  await user.click(screen.getByRole('button', { name: 'Delete Slow search' }));
  await user.click(screen.getByRole('button', { name: 'Delete report' }));
  await waitFor(() => expect(window.location.pathname).toBe('/status-pages/7/reports'));
  expect(screen.getByText('Slow search deleted')).toBeTruthy();
});

it('shows Markdown as the page does: no HTML, no images, links to other sites only', async () => {
  const message =
    '<b>bold</b> ~~wrong~~ ![image](https://example.org/a.png) [site](https://example.org/) [script](javascript:alert(1))';
  serveStatusPage(statusPage(), 'viewer', [statusReport({ updates: [reportUpdate({ message })] })]);
  renderAt('/status-pages/7/reports/3');
  const list = within(await screen.findByRole('list', { name: 'Updates' }));
  expect(list.getByRole('link', { name: 'site' }).getAttribute('rel')).toBe('nofollow noopener noreferrer');
  expect(list.getAllByRole('link')).toHaveLength(1);
  expect(list.queryByRole('img', { name: 'image' })).toBeNull();
  expect(list.getByText('wrong').tagName).toBe('DEL');
  expect(list.getByText('bold', { exact: false }).innerHTML).not.toContain('<b>');
});

it('says of each update what came of the emails about it', async () => {
  serveStatusPage(statusPage(), 'viewer', [
    statusReport({
      updates: [
        reportUpdate({ id: 33 }),
        reportUpdate({ id: 32, notified: false }),
        reportUpdate({ id: 31 }),
        reportUpdate({ id: 30 }),
      ],
    }),
  ]);
  server.use(
    http.get('/status-reports/{id}/notices', () =>
      HttpResponse.json({
        items: [
          updateNotices({
            update_id: 33,
            sent: 3,
            waiting: 1_200,
            destinations: { waiting: 1, delivered: 2, refused: 1, given_up: 1, dropped: 1 },
          }),
          updateNotices({ update_id: 31, sent: 1_195, refused: 2, given_up: 1, dropped: 5 }),
          updateNotices({ update_id: 30 }),
        ],
      }),
    ),
  );
  renderAt('/status-pages/7/reports/3');
  const lists = await screen.findAllByRole('list', { name: 'Emails to subscribers' });
  const texts = lists.map((list) =>
    within(list)
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent),
  );
  expect(texts).toEqual([
    ['3 emails sent', '1,200 emails waiting'],
    [
      '1,195 emails sent',
      '3 failed · 2 refused by the mail server, 1 not accepted for 24 hours',
      '5 skipped · Unsubscribed meanwhile, or the page was not there for visitors',
    ],
  ]);
  const [posted, ...others] = screen.getAllByRole('list', {
    name: 'Notifications to webhooks, Slack and Teams',
  });
  expect(others).toEqual([]);
  const counts = within(posted as HTMLElement).getAllByRole('listitem');
  expect(counts.map(({ textContent }) => textContent)).toEqual([
    'Posted to 2 destinations',
    'Waiting for 1 destination',
    'Failed at 2 destinations · 1 refused, 1 not accepted for 24 hours',
    '1 destination skipped · Disabled meanwhile, or the page was not there for visitors',
  ]);
  expect(screen.getAllByText('Nobody had subscribed')).toHaveLength(1);
});

it('shows what each kind of subscriber would receive, of what stands in the form', async () => {
  serveStatusPage(statusPage(), 'editor');
  const asked: unknown[] = [];
  const free = (value: unknown) => value as Record<string, never>;
  server.use(
    http.post('/status-pages/{id}/reports/preview', async ({ request }) => {
      const draft = await request.json();
      asked.push(draft);
      const message = draft.update?.message ?? '';
      const link = { type: 'mrkdwn', text: '<https://status.example/a|View the report>' };
      return HttpResponse.json({
        email: { subject: '[Acme] Payments fail', text: `${message}\n\nUnsubscribe: …` },
        slack: free({
          text: 'in a line',
          blocks: [
            { type: 'section', text: { type: 'plain_text', text: message } },
            { type: 'context', elements: [link] },
          ],
        }),
        teams: free({
          attachments: [{ content: { body: [{ inlines: [{ type: 'TextRun', text: message }] }] } }],
        }),
        webhook: free({ type: 'status_report.updated' }),
      });
    }),
  );
  const { user } = renderAt('/status-pages/7/reports/new');
  await user.type(await screen.findByLabelText('Title'), 'Payments fail');
  await user.type(screen.getByLabelText('What visitors read'), 'Cards are refused');
  expect(screen.queryByRole('button', { name: 'Show what subscribers receive' })).toBeNull();
  await user.click(screen.getByRole('radio', { name: 'Subscribers are notified' }));
  await user.click(screen.getByRole('button', { name: 'Show what subscribers receive' }));
  expect(await screen.findByText('[Acme] Payments fail')).toBeTruthy();
  expect(asked).toEqual([
    {
      title: 'Payments fail',
      update: { status: 'investigating', message: 'Cards are refused', components: [], notify: true },
    },
  ]);
  await user.click(screen.getByRole('radio', { name: 'Slack' }));
  expect(screen.getByText(/View the report: https:\/\/status.example\/a/).textContent).toBe(
    'Cards are refused\n\nView the report: https://status.example/a',
  );
  await user.click(screen.getByRole('radio', { name: 'Webhook' }));
  expect(screen.getByText(/"status_report.updated"/)).toBeTruthy();

  await user.type(screen.getByLabelText('What visitors read'), ' again');
  await user.click(screen.getByRole('button', { name: 'Update preview' }));
  await user.click(screen.getByRole('radio', { name: 'Email' }));
  expect(await screen.findByText(/Cards are refused again/, { selector: 'p' })).toBeTruthy();
  expect(asked).toHaveLength(2);
});
