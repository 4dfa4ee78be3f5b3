import { Hand, X } from 'lucide-react';
import { useState } from 'react';
import type { Incident } from '@/api/models';
import { Button, IconButton } from '@/components/button';
import { AcknowledgeDialog } from './acknowledge-dialog';
import { acknowledgeMessages as messages } from './messages';

interface Props {
  selected: Incident[];
  /** Those that can be. */
  selectable: Incident[];
  onSelect: (incidents: readonly Incident[]) => void;
}

/** What can be done with the incidents that are selected. */
export function AcknowledgeBar({ selected, selectable, onSelect }: Props) {
  /** As they were when the dialog opened: what is acknowledged is not selectable any more. */
  const [acknowledging, setAcknowledging] = useState<Incident[] | null>(null);
  const count = selected.length;
  return (
    <section
      aria-label={messages.actions}
      className="card sticky top-2 z-20 mb-3 flex flex-wrap items-center gap-2 bg-raised p-3 shadow-lg"
    >
      <p role="status" className="mr-auto flex min-h-9 items-center gap-1 font-medium text-sm">
        {messages.selected(count)}
        {count > 0 && (
          <IconButton label={messages.clear} onClick={() => onSelect([])}>
            <X className="size-4" aria-hidden />
          </IconButton>
        )}
        {count < selectable.length && (
          <Button variant="ghost" onClick={() => onSelect(selectable)}>
            {messages.selectAll(selectable.length)}
          </Button>
        )}
      </p>
      <Button
        variant="primary"
        // Not `disabled`: the focus comes back here once all of them are acknowledged.
        aria-disabled={count === 0 || undefined}
        onClick={() => count > 0 && setAcknowledging(selected)}
      >
        <Hand className="size-4" aria-hidden />
        {messages.acknowledge(count)}
      </Button>
      {acknowledging && (
        <AcknowledgeDialog incidents={acknowledging} onClose={() => setAcknowledging(null)} />
      )}
    </section>
  );
}
