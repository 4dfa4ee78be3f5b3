import type { FocusEvent } from 'react';
import { HTTP_METHODS } from '@/api/types';
import { Disclosure } from '@/components/disclosure';
import { AreaField, CheckField, InputField, SelectField } from '@/components/field';
import { ANSWER_FIELDS, REQUEST_FIELDS, takesBody } from './http-schema';
import { type Form, NUMERIC, TECHNICAL, useFields } from './use-fields';

const AUTH_LABELS = { none: 'None', basic: 'User name and password', bearer: 'Bearer token' };
const FAMILY_LABELS = { any: 'IPv4 or IPv6', v4: 'IPv4 only', v6: 'IPv6 only' };

const options = (labels: Record<string, string>) =>
  Object.entries(labels).map(([value, label]) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));

/** A secret that is kept is three asterisks; typing must not append to them. */
const SECRET = {
  type: 'password',
  autoComplete: 'new-password',
  onFocus: (event: FocusEvent<HTMLInputElement>) => event.target.select(),
} as const;

function Credential({ form }: { form: Form }) {
  const { bind } = useFields(form);
  const { type, password, token } = form.watch('http.auth');
  const kept = (secret: string) => (secret === '***' ? 'Kept as it is, unless you type another.' : undefined);
  return (
    <>
      <SelectField label="Login" className="sm:col-span-2" {...bind('http.auth.type')}>
        {options(AUTH_LABELS)}
      </SelectField>
      {type === 'basic' && (
        <>
          <InputField label="User name" {...TECHNICAL} {...bind('http.auth.username')} />
          <InputField label="Password" {...SECRET} hint={kept(password)} {...bind('http.auth.password')} />
        </>
      )}
      {type === 'bearer' && (
        <InputField
          label="Token"
          className="sm:col-span-2"
          {...SECRET}
          hint={kept(token)}
          {...bind('http.auth.token')}
        />
      )}
    </>
  );
}

const count = (lines: string) => lines.split('\n').filter((line) => line.trim() !== '').length;

function Request({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const { method, headers, auth } = form.watch('http');
  const headerCount = count(headers);
  const aside = [
    method,
    headerCount > 0 && (headerCount === 1 ? '1 header' : `${headerCount} headers`),
    auth.type !== 'none' && 'login',
  ];
  return (
    <Disclosure
      title="Request"
      summary={aside.filter(Boolean).join(' · ')}
      hasError={hasError(REQUEST_FIELDS)}
    >
      <SelectField label="Method" {...bind('http.method')}>
        {HTTP_METHODS.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </SelectField>
      <InputField
        label="Redirects to follow"
        hint="With 0, a redirect is the answer."
        {...NUMERIC}
        {...bind('http.max_redirects')}
      />
      {takesBody(method) && <AreaField label="Body" className="sm:col-span-2" {...bind('http.body')} />}
      <AreaField
        label="Headers"
        className="sm:col-span-2"
        placeholder={'Accept: text/html\nX-Api-Key: …'}
        hint={
          headers.includes('***') ? (
            <>
              One on each line. <code>***</code> stands for a secret, which is kept.
            </>
          ) : (
            'One on each line.'
          )
        }
        {...bind('http.headers')}
      />
      <Credential form={form} />
      <SelectField label="Reach the host by" {...bind('http.ip_family')}>
        {options(FAMILY_LABELS)}
      </SelectField>
    </Disclosure>
  );
}

function Answer({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const http = form.watch('http');
  const checks = [
    http.contains || http.not_contains ? 'keyword' : null,
    http.json.path ? 'JSON' : null,
    count(http.expected_headers) > 0 ? 'headers' : null,
  ].filter(Boolean);
  const status = `status ${http.expected_status}`;
  return (
    <Disclosure
      title="What counts as UP"
      summary={[status, ...checks].join(' · ')}
      hasError={hasError(ANSWER_FIELDS)}
    >
      <InputField
        label="Expected status"
        hint="Codes and ranges, like 200-299, 404."
        className="sm:col-span-2"
        {...TECHNICAL}
        {...bind('http.expected_status')}
      />
      <InputField label="Body contains" {...TECHNICAL} {...bind('http.contains')} />
      <InputField label="Body does not contain" {...TECHNICAL} {...bind('http.not_contains')} />
      <InputField
        label="JSON path"
        placeholder="$.status"
        hint="Must select something in the body."
        {...TECHNICAL}
        {...bind('http.json.path')}
      />
      <InputField
        label="JSON value"
        placeholder="ok"
        hint="If blank, any value will do. JSON like null, true or 5 is read as such."
        {...TECHNICAL}
        {...bind('http.json.equals')}
      />
      <AreaField
        label="Expected headers"
        rows={2}
        className="sm:col-span-2"
        placeholder={'X-Cache: HIT\nServer'}
        hint="One on each line. A name alone only has to be there."
        {...bind('http.expected_headers')}
      />
      <InputField
        label="Certificate lasts at least"
        unit="days"
        hint="If blank, until it has expired."
        {...NUMERIC}
        {...bind('http.tls_warn_days')}
      />
      <InputField
        label="Largest body"
        unit="bytes"
        hint="If blank, 1 MiB where the body is looked at."
        {...NUMERIC}
        {...bind('http.max_body_bytes')}
      />
      <CheckField
        label="The TLS certificate must be valid"
        className="sm:col-span-2"
        {...bind('http.verify_tls')}
      />
    </Disclosure>
  );
}

export function HttpFields({ form }: { form: Form }) {
  return (
    <>
      <Request form={form} />
      <Answer form={form} />
    </>
  );
}
