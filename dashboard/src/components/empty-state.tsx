import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface Props {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

export function EmptyState({ icon: Icon, title, children, action }: Props) {
  return (
    <div className="card flex flex-col items-center px-6 py-12 text-center">
      <Icon className="size-9 text-ink-soft" strokeWidth={1.5} aria-hidden />
      <h2 className="mt-4 font-semibold text-lg">{title}</h2>
      <p className="mt-1 max-w-md text-pretty text-ink-soft text-sm">{children}</p>
      {action && <div className="mt-6">{action}</div>}
    </div>
  );
}
