// Jobs that tell how they fare with a client of npm: ping.mjs PING_URL UUID

import assert from 'node:assert/strict';

import { HealthChecksPingClient } from 'healthchecks-io-client';

const [baseUrl, uuid] = process.argv.slice(2);

const client = new HealthChecksPingClient({ baseUrl, uuid, returnResponse: true });
assert.equal(await client.start(), 'OK');
assert.equal(await client.success(), 'OK');
assert.equal(await client.success('12 files: \u00fc'), 'OK');
assert.equal(await client.fail(), 'OK');
assert.equal(await client.fail('no disk'), 'OK');

const nobody = new HealthChecksPingClient({ baseUrl, uuid: '00000000-0000-4000-8000-000000000000' });
await assert.rejects(nobody.success(), { name: 'StatusCodeError', statusCode: 404, body: 'not found' });
