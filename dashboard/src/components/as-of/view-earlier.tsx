import { History } from 'lucide-react';
import { asOfMessages as messages } from '@/messages/as-of';
import { Button } from '../button';
import { useAsOf, useShowAsOf } from './as-of';
import { anHourBefore } from './instants';

interface Props {
  /** Where somebody begins, at a time of the click; an hour before by default. */
  begin?: (now: number) => string;
}

/** Shows the page as of an earlier instant. Renders nothing where it is. */
export function ViewEarlier({ begin = anHourBefore }: Props) {
  const at = useAsOf();
  const show = useShowAsOf();
  if (at !== null) return null;
  return (
    <Button variant="ghost" onClick={() => void show(begin(Date.now()))}>
      <History className="size-4" aria-hidden />
      {messages.open}
    </Button>
  );
}
