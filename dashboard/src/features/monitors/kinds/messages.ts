import type { HttpAuth } from '@/api/models';
import { common } from '@/messages/common';

/** What the fields are called in which only some types of monitors have something. */
export const fieldLabels = {
  method: 'Method',
  maxRedirects: 'Max redirects',
  body: 'Body',
  headers: 'Headers',
  username: 'Username',
  password: common.password,
  token: 'Token',
  ipVersion: 'IP version',
  expectedStatus: 'Expected status codes',
  contains: 'Body contains',
  notContains: 'Body does not contain',
  jsonPath: 'JSON path',
  jsonValue: 'JSON value',
  expectedHeaders: 'Expected headers',
  maxBodySize: 'Max body size',
  resumeTls: 'Resume TLS sessions',
  recordType: 'Record type',
  expectedRecords: 'Expected records',
  nameServer: 'Name server',
  packets: 'Packets',
  maxLoss: 'Max packet loss',
  send: 'Send',
  responseContains: 'Response contains',
};

export const AUTH_LABELS: Record<'none' | HttpAuth['type'], string> = {
  none: 'None',
  basic: 'Basic auth',
  bearer: 'Bearer token',
};

export const FAMILY_LABELS: Record<'any' | 'v4' | 'v6', string> = {
  any: 'IPv4 or IPv6',
  v4: 'IPv4 only',
  v6: 'IPv6 only',
};
