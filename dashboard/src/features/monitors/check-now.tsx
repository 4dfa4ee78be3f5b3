import { useMutation } from '@tanstack/react-query';
import { Zap } from 'lucide-react';
import type { Monitor } from '@/api/models';
import { checkNow, nameOf } from '@/api/monitors';
import { Button } from '@/components/button';
import { FormDialog } from '@/components/dialog';
import { ErrorNotice } from '@/components/notice';
import { CheckSummary } from './check-summary';
import { monitorMessages } from './messages';

export function CheckNow({ monitor }: { monitor: Monitor }) {
  const check = useMutation({ mutationFn: () => checkNow(monitor.id) });
  const done = check.data !== undefined || check.error !== null;
  return (
    <>
      <Button busy={check.isPending} onClick={() => check.mutate()}>
        {!check.isPending && <Zap className="size-4" aria-hidden />}
        {monitorMessages.checkNow}
      </Button>
      {done && !check.isPending && (
        <FormDialog title={monitorMessages.checkTitle(nameOf(monitor))} onClose={() => check.reset()}>
          {check.data ? (
            <>
              <CheckSummary check={check.data} />
              <p className="mt-4 text-ink-soft text-xs">
                One-off check. It changes no state and sends no alerts.
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
