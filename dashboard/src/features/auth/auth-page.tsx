import type { ReactNode } from 'react';
import { Brand } from '@/components/brand';
import { useTitle } from '@/components/page';
import { ThemeToggle } from '@/components/theme-toggle';

interface Props {
  title: string;
  lead: string;
  children: ReactNode;
  footer: ReactNode;
}

export function AuthPage({ title, lead, children, footer }: Props) {
  useTitle(title);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-5 py-4">
        <Brand />
        <ThemeToggle />
      </header>
      <main className="mx-auto w-full max-w-sm flex-1 px-5 pt-[8vh] pb-16">
        <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
        <p className="mt-1 mb-6 text-ink-soft text-sm">{lead}</p>
        {children}
        <p className="mt-6 text-ink-soft text-sm">{footer}</p>
      </main>
    </div>
  );
}
