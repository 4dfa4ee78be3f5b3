import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { MonitorKind } from '@/api/models';
import { monitorKindValues } from '@/api/schema';
import { renderAt } from '../../../../test/render';
import { monitor, serveQuietAccount } from '../../../../test/server';
import { KIND_MESSAGES } from '../messages';
import { editOf, formOf, inputOf } from '../monitor-input';
import { monitorSchema, NEW_MONITOR } from '../monitor-schema';
import { KIND_SCHEMAS } from './schemas';
import { KIND_SECTIONS } from './sections';
import { describeTarget } from './target';

/** What a kind of the API's document lacks here. */
function lacking(kind: MonitorKind): string[] {
  const parts = {
    'texts in messages.ts': KIND_MESSAGES[kind],
    'a schema in kinds/schemas.ts': KIND_SCHEMAS[kind],
    'fields in kinds/sections.ts': KIND_SECTIONS[kind],
    'default settings in monitor-schema.ts': NEW_MONITOR[kind],
  };
  return Object.entries(parts).flatMap(([name, part]) => (part ? [] : [name]));
}

describe.each(monitorKindValues)('the kind %s', (kind) => {
  it('lacks nothing', () => {
    expect(lacking(kind)).toEqual([]);
  });

  it('takes its example as an address, and shows what is saved', () => {
    const [url = ''] = KIND_MESSAGES[kind].addressExample.split(' ');
    const input = inputOf(monitorSchema.parse({ ...NEW_MONITOR, kind, url }));
    expect(input).toMatchObject({ kind, [kind]: expect.any(Object) });
    const saved = { ...monitor({ kind, url: input.url ?? null, http: null }), [kind]: input[kind] };
    expect(formOf(saved).url).toBe(url);
    expect(editOf(saved, monitorSchema.parse(formOf(saved)))).toEqual({});
    expect(describeTarget(saved)).toContain(url);
  });

  it('has fields in the form', async () => {
    serveQuietAccount();
    const { user, container } = renderAt('/monitors/new');
    await user.click(await screen.findByRole('radio', { name: KIND_MESSAGES[kind].label }));
    expect(screen.getByLabelText(KIND_MESSAGES[kind].addressLabel)).toBeTruthy();
    const named = [...container.querySelectorAll('[name]')].map((field) => field.getAttribute('name') ?? '');
    const own = named.filter((name) => monitorKindValues.some((each) => name.startsWith(`${each}.`)));
    expect(own.length).toBeGreaterThan(0);
    expect(KIND_SCHEMAS[kind].fields).toEqual(expect.arrayContaining(own));
  });
});
