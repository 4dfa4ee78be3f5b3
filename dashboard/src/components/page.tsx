import { type ReactNode, useEffect } from 'react';
import { setPageTitle } from '@/lib/document-title';
import { focusPage } from '@/lib/focus';
import { asOfMessages } from '@/messages/as-of';
import { useAsOf } from './as-of/as-of';

/** Sets the title of the browser tab. */
export function useTitle(title: string): void {
  const shown = useAsOf() === null ? title : asOfMessages.pageTitle(title);
  useEffect(() => {
    setPageTitle(`${shown} · Uptime Monitor`);
  }, [shown]);
}

/** The heading of a page, which gets the focus after a navigation where no field does. */
export function PageTitle({ children }: { children: ReactNode }) {
  useEffect(() => {
    // It had to wait for the data; the focus is on the page until then.
    if (document.activeElement?.tagName === 'MAIN') focusPage();
  }, []);
  return (
    <h1 tabIndex={-1} className="break-words font-semibold text-2xl tracking-tight outline-none">
      {children}
    </h1>
  );
}

export function PageHeader({ title, children }: { title: string; children?: ReactNode }) {
  useTitle(title);
  return (
    <div className="mb-6 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
      <PageTitle>{title}</PageTitle>
      {children}
    </div>
  );
}

export function Section({
  title,
  aside,
  className = 'mt-8',
  children,
}: {
  title: string;
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section className={className} aria-label={title}>
      <div className="mb-3 flex min-h-6 flex-wrap items-baseline justify-between gap-x-4 gap-y-2">
        <h2 className="font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
