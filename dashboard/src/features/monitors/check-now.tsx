import { useMutation } from '@tanstack/react-query';
import { Zap } from 'lucide-react';
import { checkNow } from '@/api/monitors';
import type { Monitor } from '@/api/types';
import { Button } from '@/components/button';
import { FormDialog } from '@/components/dialog';
import { ErrorNotice } from '@/components/notice';
import { CheckOutcome } from './check-outcome';

export function CheckNow({ monitor }: { monitor: Monitor }) {
  const check = useMutation({ mutationFn: () => checkNow(monitor.id) });
  const done = check.data !== undefined || check.error !== null;
  return (
    <>
      <Button busy={check.isPending} onClick={() => check.mutate()}>
        {!check.isPending && <Zap className="size-4" aria-hidden />}
        Check now
      </Button>
      {done && !check.isPending && (
        <FormDialog title={`Check of ${monitor.name}`} onClose={() => check.reset()}>
          {check.data ? (
            <>
              <CheckOutcome answer={check.data} />
              <p className="mt-4 text-ink-soft text-xs">
                Beside the schedule: it changes no state, and nobody is told.
              </p>
            </>
          ) : (
            <ErrorNotice error={check.error} />
          )}
        </FormDialog>
      )}
    </>
  );
}
