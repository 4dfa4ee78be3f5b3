import { screen } from '@testing-library/react';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { ChannelKind } from '@/api/models';
import { channelKindValues } from '@/api/schema';
import { renderAt } from '../../../../test/render';
import { http, page, serveQuietAccount, server } from '../../../../test/server';
import { CHANNEL_FIELDS } from '../form-fields';
import { CHANNEL_LABELS, NAME_EXAMPLES } from '../messages';
import { CHANNEL_FORMS } from './forms';

/** What a kind of the API's document lacks here. */
function lacking(kind: ChannelKind): string[] {
  const parts = {
    'a label in messages.ts': CHANNEL_LABELS[kind],
    'an example of a name in messages.ts': NAME_EXAMPLES[kind],
    'a form in kinds/forms.ts': CHANNEL_FORMS[kind],
  };
  return Object.entries(parts).flatMap(([name, part]) => (part ? [] : [name]));
}

describe.each(channelKindValues)('the kind %s', (kind) => {
  it('lacks nothing', () => {
    expect(lacking(kind)).toEqual([]);
  });

  it('has fields in the form, which must be filled in', async () => {
    serveQuietAccount();
    server.use(http.get('/channels', () => HttpResponse.json(page([]))));
    const { user } = renderAt('/notifications');
    await screen.findByRole('heading', { name: 'No channels yet' });
    await user.click(screen.getByRole('button', { name: 'Add channel' }));
    await user.click(screen.getByRole('radio', { name: CHANNEL_LABELS[kind] }));
    const named = [...screen.getByRole('dialog').querySelectorAll('[name^="config."]')];
    expect(named.length).toBeGreaterThan(0);
    expect(CHANNEL_FIELDS).toEqual(expect.arrayContaining(named.map((field) => field.getAttribute('name'))));
    await user.type(screen.getByLabelText('Name'), NAME_EXAMPLES[kind]);
    await user.click(screen.getByRole('button', { name: 'Add channel' }));
    expect(await screen.findByRole('dialog')).toBeTruthy();
    expect(named.some((field) => field.getAttribute('aria-invalid') === 'true')).toBe(true);
  });
});
