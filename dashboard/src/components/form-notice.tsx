import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { ApiError } from '@/api/problem';
import { common } from '@/messages/common';
import { Button } from './button';
import { ErrorNotice } from './notice';

interface Props {
  error: ApiError | null;
  /** Loads the latest version into the form, which keeps what was typed. */
  onLoadLatest?: (() => Promise<void>) | null | undefined;
}

/** What a form could not do; where somebody else has changed the same thing, with a way on. */
export function FormNotice({ error, onLoadLatest }: Props) {
  const [busy, setBusy] = useState(false);
  if (!error) return null;
  if (!error.isStale || !onLoadLatest) return <ErrorNotice error={error} />;
  const load = async () => {
    setBusy(true);
    await onLoadLatest();
    setBusy(false);
  };
  return (
    <ErrorNotice error={error}>
      <Button className="mt-3" busy={busy} onClick={load}>
        {!busy && <RotateCw className="size-4" aria-hidden />}
        {common.loadLatest}
      </Button>
    </ErrorNotice>
  );
}
