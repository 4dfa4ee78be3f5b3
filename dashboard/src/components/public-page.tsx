import type { ReactNode } from 'react';
import { Brand } from './brand';
import { PageTitle, useTitle } from './page';
import { ThemeToggle } from './theme-toggle';

/** The frame of a page for somebody who is not logged in. */
export function PublicPage({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-5 py-4">
        <Brand />
        <ThemeToggle />
      </header>
      <main className="mx-auto w-full max-w-sm flex-1 px-5 pt-[8vh] pb-16">
        <PageTitle>{title}</PageTitle>
        {children}
      </main>
    </div>
  );
}
