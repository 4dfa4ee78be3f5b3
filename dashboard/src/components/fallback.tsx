import { Link } from '@tanstack/react-router';
import { buttonClass } from './button';
import { ErrorNotice } from './notice';
import { useTitle } from './page';

export function NotFoundPage() {
  useTitle('Not found');
  return (
    <main className="mx-auto max-w-md px-5 py-24 text-center">
      <h1 className="font-semibold text-2xl tracking-tight">There is nothing here</h1>
      <p className="mt-2 mb-6 text-ink-soft text-sm">The address is wrong, or what it led to was deleted.</p>
      <Link to="/" className={buttonClass('primary')}>
        To the monitors
      </Link>
    </main>
  );
}

/** A fault in the dashboard itself. */
export function CrashPage({ error }: { error: unknown }) {
  return (
    <main className="mx-auto max-w-lg px-5 py-24">
      <ErrorNotice error={error}>
        <a href="/" className={buttonClass('secondary', 'mt-3')}>
          Load the dashboard anew
        </a>
      </ErrorNotice>
    </main>
  );
}
