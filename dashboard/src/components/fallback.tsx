import { Link } from '@tanstack/react-router';
import { common } from '@/messages/common';
import { buttonClass } from './button';
import { ErrorNotice } from './notice';
import { PageTitle, useTitle } from './page';

export function NotFoundPage() {
  useTitle(common.pageNotFound);
  return (
    <main className="mx-auto max-w-md px-5 py-24 text-center">
      <PageTitle>{common.pageNotFound}</PageTitle>
      <p className="mt-2 mb-6 text-ink-soft text-sm">This page does not exist or was deleted.</p>
      <Link to="/" className={buttonClass('primary')}>
        {common.toMonitors}
      </Link>
    </main>
  );
}

/** An error in the dashboard itself. */
export function CrashPage({ error }: { error: unknown }) {
  return (
    <main className="mx-auto max-w-lg px-5 py-24">
      <ErrorNotice error={error}>
        <a href="/" className={buttonClass('secondary', 'mt-3')}>
          Reload dashboard
        </a>
      </ErrorNotice>
    </main>
  );
}
