import type { ReactNode } from 'react';
import { DocsLink } from '@/components/docs-link';
import { cx } from '@/lib/cx';
import type { Setup } from './kinds/kind-form';

interface Props {
  label: string;
  setup: Setup | undefined;
  /** What can be done about it. */
  children: ReactNode;
}

/** Of which kind a channel is, and how to get what its fields ask for. */
export function KindHead({ label, setup, children }: Props) {
  return (
    <section className="rounded-lg border border-line px-4 py-3">
      <div className={cx('flex items-center justify-between gap-4', Boolean(children) && 'min-h-9')}>
        <h3 className="font-semibold text-sm">{label}</h3>
        {children}
      </div>
      {setup && (
        <>
          <p className="wrap-anywhere mt-1 text-pretty text-ink-soft text-xs">{setup.text}</p>
          {setup.links && (
            <p className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-ink-soft text-xs">
              {setup.links.map(({ text, href }) => (
                <DocsLink key={href} href={href}>
                  {text}
                </DocsLink>
              ))}
            </p>
          )}
        </>
      )}
    </section>
  );
}
