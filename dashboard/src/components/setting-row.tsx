import type { ReactNode } from 'react';

/** One line of a card of settings: what it is, its value, and what can be done about it. */
export function SettingRow({
  label,
  action,
  children,
}: {
  label: string;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-3.5 sm:flex-nowrap">
      <dt className="w-full shrink-0 text-ink-soft text-sm sm:w-32">{label}</dt>
      {/* On a phone wide actions go below, rather than squeeze the value. */}
      <dd className="min-w-40 flex-1 break-words text-sm sm:min-w-0">{children}</dd>
      {action && <dd className="flex shrink-0 items-center gap-2">{action}</dd>}
    </div>
  );
}
