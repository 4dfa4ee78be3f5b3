import { Hand } from 'lucide-react';
import { useState } from 'react';
import type { Incident } from '@/api/models';
import { Button } from '@/components/button';
import { SelectionBar } from '@/components/selection-bar';
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
    <SelectionBar messages={messages} count={count} selectable={selectable} onSelect={onSelect}>
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
    </SelectionBar>
  );
}
