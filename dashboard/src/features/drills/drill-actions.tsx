import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ClipboardList } from 'lucide-react';
import { useState } from 'react';
import { acknowledgeDrill, endDrill } from '@/api/drills';
import { keys } from '@/api/keys';
import type { Drill, DrillReport } from '@/api/models';
import { useCan } from '@/api/use-session';
import { Button } from '@/components/button';
import { CopyBlock } from '@/components/copy';
import { ConfirmDialog, FormDialog } from '@/components/dialog';
import { toastError, toastSuccess } from '@/components/toasts';
import { incidentMessages } from '@/messages/incidents';
import { markdownOf, type Names } from './markdown';
import { drillMessages as messages } from './messages';

/** Shows a change at once; the report itself follows when the alerts have taken note of it. */
function useChanged() {
  const client = useQueryClient();
  return (drill: Drill) => {
    client.setQueryData<DrillReport>(keys.drill(drill.id), (old) => old && { ...old, ...drill });
    return client.invalidateQueries({ queryKey: keys.drills });
  };
}

function AcknowledgeButton({ drill }: { drill: Drill }) {
  const changed = useChanged();
  const acknowledge = useMutation({
    mutationFn: () => acknowledgeDrill(drill.id),
    onSuccess: changed,
    onError: (error) => toastError(messages.acknowledgeFailed, error),
  });
  return (
    <Button
      variant="primary"
      className="max-sm:order-first"
      busy={acknowledge.isPending}
      onClick={() => acknowledge.mutate()}
    >
      {incidentMessages.acknowledge}
    </Button>
  );
}

function EndButton({ drill }: { drill: Drill }) {
  const changed = useChanged();
  const [isAsking, setAsking] = useState(false);
  const end = useMutation({
    mutationFn: () => endDrill(drill.id),
    async onSuccess(ended) {
      await changed(ended);
      toastSuccess(messages.ended);
      setAsking(false);
    },
  });
  return (
    <>
      <Button onClick={() => setAsking(true)}>{messages.end}</Button>
      {isAsking && (
        <ConfirmDialog
          title={messages.endTitle}
          action={messages.end}
          cancel={messages.keep}
          busy={end.isPending}
          error={end.error}
          onConfirm={() => end.mutate()}
          onClose={() => setAsking(false)}
        >
          {messages.endHint}
        </ConfirmDialog>
      )}
    </>
  );
}

/** What can be done with a drill, and its report to be kept elsewhere. */
export function DrillActions({ report, names }: { report: DrillReport; names: Names }) {
  const canRespond = useCan('respond');
  const canEnd = useCan('manageMonitors');
  const [isCopying, setCopying] = useState(false);
  const isRunning = report.state === 'running';
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => setCopying(true)}>
        <ClipboardList className="size-4" aria-hidden />
        {messages.copy}
      </Button>
      {isRunning && canEnd && <EndButton drill={report} />}
      {isRunning && canRespond && !report.acknowledged && <AcknowledgeButton drill={report} />}
      {isCopying && (
        <FormDialog title={messages.report} onClose={() => setCopying(false)}>
          <CopyBlock text={markdownOf(report, names)} multiline onCopied={() => setCopying(false)} />
        </FormDialog>
      )}
    </div>
  );
}
