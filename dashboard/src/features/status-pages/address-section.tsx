import { useMutation } from '@tanstack/react-query';
import { CircleAlert, CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CustomDomain, StatusPage } from '@/api/models';
import { proveDomain } from '@/api/status-pages';
import { Button } from '@/components/button';
import { CopyLine } from '@/components/copy';
import { DocsLink } from '@/components/docs-link';
import { InputField } from '@/components/field';
import { RelativeTime } from '@/components/time';
import { toastError } from '@/components/toasts';
import { formatDateTime } from '@/lib/format';
import { docs, addressMessages as messages, pageMessages } from './messages';
import { type Form, TECHNICAL } from './use-page-form';

/** Where pages of this installation are, without their slugs; null while that is not known. */
function pagesUrl({ url, slug, custom_domain: domain }: StatusPage): URL | null {
  if (url === null || !URL.canParse(url) || new URL(url).hostname === domain?.host) return null;
  return url.endsWith(`/${slug}`) ? new URL(url.slice(0, -slug.length)) : null;
}

function DomainState({ domain }: { domain: CustomDomain }) {
  const { proven_at: proven, checked_at: checked, problem } = domain;
  return (
    <div role="status" className="flex min-w-0 flex-1 basis-56 gap-2 text-sm">
      {proven ? (
        <CircleCheck className="mt-0.5 size-4 shrink-0 text-up" aria-hidden />
      ) : (
        <CircleAlert className="mt-0.5 size-4 shrink-0 text-degraded" aria-hidden />
      )}
      <p className="min-w-0 text-pretty">
        <span className="font-medium">{proven ? messages.proven : messages.notProven}</span>
        {': '}
        {proven ? (
          messages.provenSince(formatDateTime(proven))
        ) : (
          <span className="break-words first-letter:uppercase">{problem ?? messages.noProblem}</span>
        )}
        {/* One that was proven and is no longer found. */}
        {proven && problem && <span className="block text-degraded first-letter:uppercase">{problem}</span>}
        {checked && (
          <span className="block text-ink-soft text-xs">
            {messages.checked} <RelativeTime at={checked} />
          </span>
        )}
      </p>
    </div>
  );
}

function Step({ children }: { children: ReactNode }) {
  return <li className="pl-1 text-pretty marker:text-ink-soft">{children}</li>;
}

function Domain({
  domain,
  page,
  onChecked,
}: {
  domain: CustomDomain;
  page: StatusPage;
  onChecked: OnChecked;
}) {
  const check = useMutation({
    mutationFn: () => proveDomain(page.id),
    onSuccess: onChecked,
    onError: (error) => toastError(messages.checkFailed, error),
  });
  const target = pagesUrl(page)?.hostname;
  const record = (label: string, text: string, copy: string) => (
    <div className="grid gap-x-4 sm:grid-cols-[4rem_1fr] sm:items-center">
      <dt className="text-ink-soft text-xs">{label}</dt>
      <dd>
        <CopyLine text={text} label={copy} />
      </dd>
    </div>
  );
  return (
    <div className="grid gap-4 rounded-lg border border-line p-4">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <DomainState domain={domain} />
        <Button busy={check.isPending} onClick={() => check.mutate()}>
          {messages.checkNow}
        </Button>
      </div>
      <ol aria-label={messages.steps} className="grid list-decimal gap-3 pl-5 text-sm">
        <Step>
          {target ? messages.point(domain.host) : messages.pointWithout(domain.host)}
          {target && <CopyLine text={target} label={messages.copyTarget} />}
        </Step>
        <Step>
          {messages.prove}
          <dl className="mt-1.5 grid gap-1 rounded-lg bg-sunken px-3 py-2">
            {record(messages.recordName, domain.record_name, messages.copyName)}
            {record(messages.recordValue, domain.record_value, messages.copyValue)}
          </dl>
        </Step>
        <Step>
          {messages.tls} <DocsLink href={docs.hosts}>{messages.tlsLink}</DocsLink>
        </Step>
      </ol>
    </div>
  );
}

type OnChecked = (page: StatusPage) => void;

interface Props {
  form: Form;
  page: StatusPage;
  /** After its host name was looked up. */
  onChecked: OnChecked;
}

/** Where visitors find the page. */
export function AddressSection({ form, page, onChecked }: Props) {
  const { errors } = form.formState;
  const [slug, host] = form.watch(['slug', 'custom_domain']);
  const base = pagesUrl(page);
  const domain = page.custom_domain;
  const isSaved = domain !== null && host.trim().toLowerCase() === domain.host;
  return (
    <div className="card grid gap-5 p-5">
      {page.url === null && (
        <p role="note" className="flex gap-2 rounded-lg bg-degraded/10 px-4 py-3 text-sm">
          <CircleAlert className="mt-0.5 size-4 shrink-0 text-degraded" aria-hidden />
          <span>
            {pageMessages.noAddress} <DocsLink href={docs.pages}>{pageMessages.howTo}</DocsLink>
          </span>
        </p>
      )}
      <InputField
        label={messages.slug}
        maxLength={40}
        {...TECHNICAL}
        hint={slug === page.slug ? base && messages.slugHint(`${base.href}${slug}`) : messages.slugChange}
        error={errors.slug?.message}
        {...form.register('slug')}
      />
      <InputField
        label={messages.domain}
        placeholder={messages.domainExample}
        inputMode="url"
        {...TECHNICAL}
        hint={host.trim() !== '' && !isSaved ? messages.saveFirst : messages.domainHint}
        error={errors.custom_domain?.message}
        {...form.register('custom_domain')}
      />
      {isSaved && <Domain domain={domain} page={page} onChecked={onChecked} />}
    </div>
  );
}
