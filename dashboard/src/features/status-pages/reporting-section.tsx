import { DocsLink } from '@/components/docs-link';
import { InputField } from '@/components/field';
import { docs, reportingMessages as messages } from './messages';
import { type Form, TECHNICAL } from './use-page-form';

/** What is reported on the page without anybody writing it. */
export function ReportingSection({ form }: { form: Form }) {
  const name = 'report_automatically_after_minutes';
  const { error } = form.getFieldState(name, form.formState);
  const minutes = form.watch(name).trim();
  return (
    <div className="card grid gap-5 p-5">
      <InputField
        label={messages.after}
        unit="min"
        inputMode="numeric"
        placeholder={messages.never}
        {...TECHNICAL}
        hint={!error && /^\d*$/.test(minutes) && messages.afterHint(minutes)}
        error={error?.message}
        {...form.register(name)}
      />
      <section aria-label={messages.title} className="text-sm">
        <h3 className="mb-2 font-medium">{messages.title}</h3>
        <ul className="grid list-disc gap-1.5 pl-5 text-ink-soft marker:text-line-strong">
          {messages.rules.map((rule) => (
            <li key={rule} className="text-pretty">
              {rule}
            </li>
          ))}
        </ul>
        <p className="mt-3">
          <DocsLink href={docs.automatic}>{messages.more}</DocsLink>
        </p>
      </section>
    </div>
  );
}
