import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Brand } from '@/components/brand';
import { PageTitle, useTitle } from '@/components/page';
import { ThemeToggle } from '@/components/theme-toggle';

interface Props {
  title: string;
  subtitle: string;
  children: ReactNode;
  /** Introduces the link to the other page. */
  question: string;
  link: { to: '/login' | '/register'; label: string };
}

export function AuthPage({ title, subtitle, children, question, link }: Props) {
  useTitle(title);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-5 py-4">
        <Brand />
        <ThemeToggle />
      </header>
      <main className="mx-auto w-full max-w-sm flex-1 px-5 pt-[8vh] pb-16">
        <PageTitle>{title}</PageTitle>
        <p className="mt-1 mb-6 text-ink-soft text-sm">{subtitle}</p>
        {children}
        <p className="mt-6 text-ink-soft text-sm">
          {question}{' '}
          <Link to={link.to} search={true} className="font-medium text-ink underline underline-offset-4">
            {link.label}
          </Link>
        </p>
      </main>
    </div>
  );
}
