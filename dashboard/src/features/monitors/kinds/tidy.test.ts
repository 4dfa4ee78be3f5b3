import { describe, expect, it } from 'vitest';
import type { MonitorKind } from '@/api/models';
import { inputOf } from '../monitor-input';
import { monitorSchema, NEW_MONITOR } from '../monitor-schema';
import { KIND_SCHEMAS } from './schemas';

const tidy = (kind: MonitorKind, text: string) => KIND_SCHEMAS[kind].tidy(text);

describe('the address of a site', () => {
  it.each([
    ['example.org', 'https://example.org'],
    [' example.org/health?full=1 \n', 'https://example.org/health?full=1'],
    ['//example.org/', 'https://example.org/'],
    ['localhost:8080', 'https://localhost:8080'],
    ['http://example.org/', 'http://example.org/'],
    ['HTTPS://example.org/', 'HTTPS://example.org/'],
    ['', ''],
  ])('%j is %j', (text, url) => {
    expect(tidy('http', text)).toBe(url);
  });

  it('keeps what is no address of a site, for the error at the field', () => {
    for (const text of ['ftp://example.org/', 'http:/example.org']) {
      expect(tidy('http', text)).toBe(text);
      expect(KIND_SCHEMAS.http.addressProblem(text)).toBe('Must start with http:// or https://');
    }
    expect(KIND_SCHEMAS.http.addressProblem('two words')).not.toBeNull();
    expect(KIND_SCHEMAS.http.addressProblem('ada:secret@example.org')).toBe('Must not contain credentials');
  });

  it('is sent with its scheme', () => {
    expect(inputOf(monitorSchema.parse({ ...NEW_MONITOR, url: 'example.org' })).url).toBe(
      'https://example.org',
    );
  });
});

it.each([
  ['tcp', 'https://db.example.org/path', 'db.example.org:443'],
  ['tcp', 'http://db.example.org', 'db.example.org:80'],
  ['tcp', 'http://db.example.org:5432', 'db.example.org:5432'],
  ['tls', 'https://example.org/login', 'example.org'],
  ['tls', 'https://example.org:8443/', 'example.org:8443'],
  ['dns', 'https://example.org:8443/', 'example.org'],
  ['icmp', 'https://example.org/', 'example.org'],
  ['icmp', ' 192.0.2.1 ', '192.0.2.1'],
  ['tcp', 'tcp://db.example.org:5432', 'tcp://db.example.org:5432'],
  ['heartbeat', 'https://example.org/', 'https://example.org/'],
] as const)('of %s, %j becomes %j', (kind, text, address) => {
  expect(tidy(kind, text)).toBe(address);
});
