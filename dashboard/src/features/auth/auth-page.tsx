import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { PublicPage } from '@/components/public-page';

interface Props {
  title: string;
  subtitle: string;
  children: ReactNode;
  /** Introduces the link to the other page. */
  question: string;
  link: { to: '/login' | '/register'; label: string };
}

export function AuthPage({ title, subtitle, children, question, link }: Props) {
  return (
    <PublicPage title={title}>
      <p className="mt-1 mb-6 text-ink-soft text-sm">{subtitle}</p>
      {children}
      <p className="mt-6 text-ink-soft text-sm">
        {question}{' '}
        <Link to={link.to} search={true} className="font-medium text-ink underline underline-offset-4">
          {link.label}
        </Link>
      </p>
    </PublicPage>
  );
}
