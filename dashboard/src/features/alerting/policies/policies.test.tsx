import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { policy, serveAlerting } from '../../../../test/alert-policy';
import { backtest, outcome } from '../../../../test/backtest';
import { renderAt } from '../../../../test/render';
import { http, problem, server } from '../../../../test/server';

const LIST = '/notifications/escalation-policies';

it('says each policy in words, what uses it, and whom it cannot reach', async () => {
  const steps = [
    {
      wait_minutes: 0,
      targets: [
        { kind: 'person' as const, id: 2 },
        { kind: 'channel' as const, id: 6 },
        { kind: 'schedule' as const, id: 99 },
      ],
      conditions: { severities: ['critical' as const] },
    },
  ];
  const unused = policy({ id: 22, name: 'Forlorn', steps, repeats: 0, used_by: { routes: 0, monitors: 0 } });
  serveAlerting({ policies: [policy({ acknowledgement_minutes: 90 }), unused] });
  renderAt(LIST);
  const first = 'Ada at once; after 5 min team SRE; again 3 times, each 30 min after the last step';
  expect(await screen.findByText(first)).toBeTruthy();
  expect(screen.getByText('Used by 1 route, 2 monitors')).toBeTruthy();
  expect(screen.getByText('An acknowledgement expires after 1 h 30 min.')).toBeTruthy();
  expect(
    await screen.findByText(
      'Cannot be reached: Bo (no enabled channel), Pager (disabled), deleted on-call schedule (deleted)',
    ),
  ).toBeTruthy();
  expect(screen.getByText(/^Not used yet/)).toBeTruthy();
});

it('adds a policy step by step, with a summary of what was filled in', async () => {
  serveAlerting({ policies: [] });
  let sent: unknown;
  server.use(
    http.post('/escalation-policies', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(policy({ name: 'Days' }), { status: 201 });
    }),
  );
  const { user } = renderAt(LIST);
  expect(await screen.findByText('No escalation policies yet')).toBeTruthy();
  await user.click(screen.getByRole('link', { name: 'Add policy' }));
  await user.type(await screen.findByLabelText('Name'), 'Days');
  await user.click(screen.getByRole('button', { name: 'Add policy' }));
  expect(await screen.findByText('Add at least one target')).toBeTruthy();

  await user.click(screen.getByRole('button', { name: 'Add target' }));
  const picker = within(screen.getByRole('dialog', { name: 'Add targets' }));
  expect(await picker.findByRole('checkbox', { name: /Primary.*Now Ada/ })).toBeTruthy();
  await user.type(picker.getByRole('searchbox'), 'sr');
  expect(picker.queryByRole('checkbox', { name: /Primary/ })).toBeNull();
  await user.click(picker.getByRole('checkbox', { name: /SRE/ }));
  await user.clear(picker.getByRole('searchbox'));
  await user.click(picker.getByRole('checkbox', { name: /Bo.*No enabled channel/ }));
  await user.click(picker.getByRole('button', { name: 'Add 2 targets' }));
  const first = within(screen.getByRole('listitem', { name: 'Step 1 of 1' }));
  expect(first.getByText('No enabled channel')).toBeTruthy();
  await user.click(first.getByRole('button', { name: 'Remove Bo' }));

  await user.click(screen.getByRole('button', { name: 'Add step' }));
  const second = within(screen.getByRole('listitem', { name: 'Step 2 of 2' }));
  await user.click(second.getByRole('button', { name: 'Add target' }));
  await user.click(screen.getByRole('checkbox', { name: /#operations/ }));
  await user.click(screen.getByRole('button', { name: 'Add 1 target' }));
  await user.clear(second.getByLabelText('Wait'));
  await user.type(second.getByLabelText('Wait'), '10');
  await user.click(second.getByText('Conditions'));
  await user.click(second.getByRole('button', { name: 'Critical' }));
  await user.clear(screen.getByLabelText('Repeat'));
  await user.type(screen.getByLabelText('Repeat'), '1');
  const summary = within(screen.getByRole('complementary', { name: 'In words' }));
  expect(
    summary.getByText(
      'team SRE at once; after 10 min #operations (with conditions); again once, 30 min after the last step.',
    ),
  ).toBeTruthy();

  await user.click(screen.getByRole('button', { name: 'Add policy' }));
  expect(await screen.findByText('Days saved')).toBeTruthy();
  expect(sent).toEqual({
    name: 'Days',
    steps: [
      { wait_minutes: 0, targets: [{ kind: 'team', id: 31 }] },
      { wait_minutes: 10, targets: [{ kind: 'channel', id: 5 }], conditions: { severities: ['critical'] } },
    ],
    repeats: 1,
    repeat_after_minutes: 30,
    acknowledgement_minutes: 0,
  });
});

it('moves and removes steps, and shows errors of the server at the step', async () => {
  serveAlerting({ policies: [policy()] });
  let sent: { steps?: unknown } = {};
  server.use(
    http.get('/escalation-policies/{id}', () => HttpResponse.json(policy())),
    http.patch('/escalation-policies/{id}', async ({ request }) => {
      sent = (await request.json()) as typeof sent;
      return problem(422, '1 field is not valid', [
        { field: 'steps.1.targets.0', message: 'there is no member 1' },
      ]);
    }),
  );
  const { user } = renderAt(`${LIST}/21`);
  await user.click(await screen.findByRole('button', { name: 'Move step 2 up' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const second = within(screen.getByRole('listitem', { name: 'Step 2 of 2' }));
  expect(await second.findByText('there is no member 1')).toBeTruthy();
  expect(sent.steps).toEqual([
    { wait_minutes: 5, targets: [{ kind: 'team', id: 31 }] },
    { wait_minutes: 0, targets: [{ kind: 'person', id: 1 }] },
  ]);
  await user.click(screen.getByRole('button', { name: 'Remove step 2' }));
  await waitFor(() => expect(screen.queryByText('there is no member 1')).toBeNull());
  expect(screen.queryByRole('button', { name: /^Remove step/ })).toBeNull();
});

it('goes to the field of a step that the server refuses, also where it was folded away', async () => {
  const hours = { time_zone: 'UTC', days: [], from: '09:00:00', until: '17:00:00' };
  const [first, second] = policy().steps;
  const steps = [first, { ...second, conditions: { hours } }] as ReturnType<typeof policy>['steps'];
  serveAlerting({ policies: [policy({ steps })] });
  server.use(
    http.get('/escalation-policies/{id}', () => HttpResponse.json(policy({ steps }))),
    http.patch('/escalation-policies/{id}', () =>
      problem(422, '1 field is not valid', [
        { field: 'steps.1.conditions.hours.until', message: 'must be something else' },
      ]),
    ),
  );
  const { user } = renderAt(`${LIST}/21`);
  await user.click(await screen.findByRole('button', { name: 'Save' }));
  const step = within(screen.getByRole('listitem', { name: 'Step 2 of 2' }));
  expect(await step.findByText('must be something else')).toBeTruthy();
  const until = step.getByLabelText('Until');
  expect(until.getAttribute('aria-invalid')).toBe('true');
  await waitFor(() => expect(document.activeElement).toBe(until));
});

it('says what uses a policy that cannot be deleted', async () => {
  serveAlerting({ policies: [policy()] });
  server.use(
    http.delete('/escalation-policies/{id}', () => problem(409, 'it is used by the route Payments')),
  );
  const { user } = renderAt(LIST);
  await user.click(await screen.findByRole('button', { name: 'Delete Night shift' }));
  await user.click(screen.getByRole('button', { name: 'Delete policy' }));
  expect(await screen.findByText('it is used by the route Payments')).toBeTruthy();
});

it('shows the steps to those who may not change them', async () => {
  serveAlerting({ policies: [policy()] }, 'viewer');
  server.use(http.get('/escalation-policies/{id}', () => HttpResponse.json(policy())));
  const { user } = renderAt(LIST);
  expect(await screen.findByText('Admins and owners can change who is notified when.')).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Add policy' })).toBeNull();
  await user.click(screen.getByRole('link', { name: 'Night shift' }));
  const steps = within(await screen.findByRole('list', { name: 'Steps' }));
  expect(await steps.findByText('Ada')).toBeTruthy();
  expect(steps.getByText('After 5 min')).toBeTruthy();
  expect(steps.getByText('All steps again 3 times, 30 min after the last step')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
});

it('tries a plan that is not saved on the monitors that follow it', async () => {
  serveAlerting({ policies: [policy()] });
  const asked: unknown[] = [];
  server.use(
    http.get('/escalation-policies/{id}', () => HttpResponse.json(policy())),
    http.post('/backtests', async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json(backtest({ candidates: [outcome({ messages: 1 })] }));
    }),
  );
  const { user } = renderAt(`${LIST}/21`);
  await user.clear(await screen.findByLabelText('Repeat'));
  const tried = within(screen.getByRole('region', { name: 'What would this have sent?' }));
  await user.click(tried.getByRole('button', { name: 'Try on the last 7 days' }));
  expect(await screen.findByText('Must be a whole number')).toBeTruthy();
  await user.type(screen.getByLabelText('Repeat'), '1');
  await user.click(tried.getByRole('button', { name: 'Try on the last 7 days' }));
  expect(await tried.findByText('−1 notification')).toBeTruthy();
  const { steps, repeat_after_minutes, acknowledgement_minutes } = policy();
  expect(asked).toMatchObject([
    {
      selection: { policy_id: 21 },
      backtest: {
        days: 7,
        candidates: [
          { policies: [{ id: 21, steps, repeats: 1, repeat_after_minutes, acknowledgement_minutes }] },
        ],
      },
    },
  ]);
  await user.selectOptions(tried.getByLabelText('Period'), 'Last 30 days');
  expect(tried.getByText('The settings have changed since.')).toBeTruthy();
  await user.click(tried.getByRole('button', { name: 'Try on the last 30 days' }));
  await waitFor(() => expect(asked).toMatchObject([{}, { backtest: { days: 30 } }]));
  await user.type(screen.getByLabelText('Repeat'), '0');
  expect(await tried.findByText('The settings have changed since.')).toBeTruthy();
});

it('has nothing to try a policy on that nothing names', async () => {
  const unused = policy({ used_by: { routes: 0, monitors: 0 } });
  serveAlerting({ policies: [unused] });
  server.use(http.get('/escalation-policies/{id}', () => HttpResponse.json(unused)));
  renderAt(`${LIST}/21`);
  expect(await screen.findByText(/so there is nothing to try it on/)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Try on the last 7 days' })).toHaveProperty('disabled', true);
});
