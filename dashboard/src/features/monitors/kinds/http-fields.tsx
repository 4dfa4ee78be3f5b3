import type { FocusEvent } from 'react';
import { httpMethodValues } from '@/api/schema';
import { Disclosure } from '@/components/disclosure';
import { AreaField, CheckField, InputField, SelectField } from '@/components/field';
import { leadsElsewhere } from '@/lib/origin';
import { formMessages } from '../messages';
import { type Form, NUMERIC, TECHNICAL, useFields } from '../use-fields';
import { ANSWER_FIELDS, REQUEST_FIELDS, takesBody } from './http-schema';
import { AUTH_LABELS, FAMILY_LABELS, fieldLabels } from './messages';

const options = (labels: Record<string, string>) =>
  Object.entries(labels).map(([value, label]) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));

/** A saved secret is shown as three asterisks; typing must not append to them. */
const SECRET = {
  type: 'password',
  autoComplete: 'new-password',
  onFocus: (event: FocusEvent<HTMLInputElement>) => event.target.select(),
} as const;

/** Saved secrets are sent to the server that they were entered for, and to no other. */
const hasMoved = (form: Form): boolean =>
  leadsElsewhere(form.formState.defaultValues?.url ?? '', form.watch('url'));

function Credential({ form }: { form: Form }) {
  const { bind } = useFields(form);
  const { type, password, token } = form.watch('http.auth');
  const saved = hasMoved(form) ? formMessages.enterSecretAgain : formMessages.keepSecret;
  const hint = (secret: string) => (secret === '***' ? saved : undefined);
  return (
    <>
      <SelectField label={formMessages.authentication} className="sm:col-span-2" {...bind('http.auth.type')}>
        {options(AUTH_LABELS)}
      </SelectField>
      {type === 'basic' && (
        <>
          <InputField label={fieldLabels.username} {...TECHNICAL} {...bind('http.auth.username')} />
          <InputField
            label={fieldLabels.password}
            {...SECRET}
            hint={hint(password)}
            {...bind('http.auth.password')}
          />
        </>
      )}
      {type === 'bearer' && (
        <InputField
          label={fieldLabels.token}
          className="sm:col-span-2"
          {...SECRET}
          hint={hint(token)}
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
  const summary = [
    method,
    headerCount > 0 && formMessages.headers(headerCount),
    auth.type !== 'none' && formMessages.authentication,
  ];
  return (
    <Disclosure
      title="Request"
      summary={summary.filter(Boolean).join(' · ')}
      hasError={hasError(REQUEST_FIELDS)}
    >
      <SelectField label={fieldLabels.method} {...bind('http.method')}>
        {httpMethodValues.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </SelectField>
      <InputField
        label={fieldLabels.maxRedirects}
        hint="The last response is checked. 0 does not follow redirects."
        {...NUMERIC}
        {...bind('http.max_redirects')}
      />
      {takesBody(method) && (
        <AreaField label={fieldLabels.body} className="sm:col-span-2" {...bind('http.body')} />
      )}
      <AreaField
        label={fieldLabels.headers}
        className="sm:col-span-2"
        placeholder={'Accept: text/html\nX-Api-Key: …'}
        hint={
          <>
            {formMessages.onePerLine}
            {headers.includes('***') && !hasMoved(form) && (
              <>
                {' '}
                <code>***</code> keeps the current secret.
              </>
            )}
            {headers.includes('***') && hasMoved(form) && ` ${formMessages.enterSecretAgain}`}
          </>
        }
        {...bind('http.headers')}
      />
      <Credential form={form} />
      <SelectField label={fieldLabels.ipVersion} {...bind('http.ip_family')}>
        {options(FAMILY_LABELS)}
      </SelectField>
    </Disclosure>
  );
}

function ExpectedResponse({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const http = form.watch('http');
  const checks = [
    http.contains || http.not_contains ? 'Keyword' : null,
    http.json.path ? 'JSON' : null,
    count(http.expected_headers) > 0 ? fieldLabels.headers : null,
  ].filter(Boolean);
  const status = formMessages.status(http.expected_status);
  return (
    <Disclosure
      title={formMessages.expectedResponse}
      summary={[status, ...checks].join(' · ')}
      hasError={hasError(ANSWER_FIELDS)}
    >
      <InputField
        label={fieldLabels.expectedStatus}
        hint="Codes and ranges, such as 200-299, 404."
        className="sm:col-span-2"
        {...TECHNICAL}
        {...bind('http.expected_status')}
      />
      <InputField label={fieldLabels.contains} {...TECHNICAL} {...bind('http.contains')} />
      <InputField label={fieldLabels.notContains} {...TECHNICAL} {...bind('http.not_contains')} />
      <InputField
        label={fieldLabels.jsonPath}
        placeholder="$.status"
        hint="Must match a value in the body."
        {...TECHNICAL}
        {...bind('http.json.path')}
      />
      <InputField
        label={fieldLabels.jsonValue}
        placeholder="ok"
        hint="Leave blank to accept any value. null, true and 5 are read as JSON."
        {...TECHNICAL}
        {...bind('http.json.equals')}
      />
      <AreaField
        label={fieldLabels.expectedHeaders}
        rows={2}
        className="sm:col-span-2"
        placeholder={'X-Cache: HIT\nServer'}
        hint="One per line. A name without a value only has to be present."
        {...bind('http.expected_headers')}
      />
      <InputField
        label={formMessages.minValidity}
        unit="days"
        hint="Leave blank to fail only after it expires."
        {...NUMERIC}
        {...bind('http.tls_warn_days')}
      />
      <InputField
        label={fieldLabels.maxBodySize}
        unit="bytes"
        hint="Defaults to 1 MiB when the body is checked."
        {...NUMERIC}
        {...bind('http.max_body_bytes')}
      />
      <CheckField label={formMessages.verifyTls} className="sm:col-span-2" {...bind('http.verify_tls')} />
      <CheckField
        label={fieldLabels.resumeTls}
        hint="The certificate is then seen every 10 minutes and after a failure, not in each check."
        className="sm:col-span-2"
        {...bind('http.tls_resumption')}
      />
    </Disclosure>
  );
}

export function HttpOptions({ form }: { form: Form }) {
  return (
    <>
      <Request form={form} />
      <ExpectedResponse form={form} />
    </>
  );
}
