import { History } from 'lucide-react';
import { versionMessages as messages } from '@/messages/versions';
import type { Trail } from './trail';

/** From something to what it was before. */
export function HistoryLink({ id, to: To }: { id: number; to: Trail['HistoryLink'] }) {
  return (
    <p className="mt-2 flex items-start gap-1.5 text-ink-soft text-sm">
      <History className="mt-0.5 size-4 shrink-0" aria-hidden />
      <To id={id} className="font-medium text-ink underline underline-offset-4">
        {messages.title}
      </To>
    </p>
  );
}
