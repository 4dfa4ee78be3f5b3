import { expect, it } from 'vitest';
import { rebase } from './rebase';

it('keeps what was typed, and takes everything else from the latest version', () => {
  const base = { name: 'a', url: 'x', http: { method: 'GET', follow: true }, tags: ['one'], to: ['p'] };
  const typed = { ...base, name: 'mine', http: { method: 'HEAD', follow: true }, tags: ['one', 'mine'] };
  const latest = { name: 'b', url: 'y', http: { method: 'POST', follow: false }, tags: ['two'], to: ['q'] };
  expect(rebase(base, typed, latest)).toEqual({
    name: 'mine',
    url: 'y',
    http: { method: 'HEAD', follow: false },
    tags: ['one', 'mine'],
    to: ['q'],
  });
});

it('keeps a field that was cleared, and one that was chosen for the first time', () => {
  expect(rebase({ a: 'x', b: null }, { a: '', b: ['t'] }, { a: 'y', b: null } as never)).toEqual({
    a: '',
    b: ['t'],
  });
});
