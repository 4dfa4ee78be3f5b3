import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { acknowledgeByLink, linkedIncidentQuery } from '@/api/acknowledge-links';
import type { LinkedIncident } from '@/api/models';
import { Button } from '@/components/button';
import { ErrorNotice } from '@/components/notice';
import { PublicPage } from '@/components/public-page';
import { Loading, QueryView } from '@/components/query';
import { acknowledgeLinkMessages, notByThisLink, STANDS } from './messages';

/** Opening the page acknowledges nothing: messengers open every link. */
function Acknowledge({ token, incident }: { token: string; incident: LinkedIncident }) {
  const client = useQueryClient();
  const acknowledge = useMutation({
    mutationFn: () => acknowledgeByLink(token),
    onSuccess: (answered) => client.setQueryData(linkedIncidentQuery(token).queryKey, answered),
  });
  return (
    <>
      <p role="status" className="mt-2 mb-6 break-words text-sm">
        {STANDS[incident.state](incident)}
      </p>
      {acknowledge.error != null && (
        <div className="mb-4">
          <ErrorNotice error={acknowledge.error} />
        </div>
      )}
      {incident.state === 'open' && incident.refused != null && (
        <p className="text-muted text-sm">{notByThisLink(incident.refused)}</p>
      )}
      {incident.state === 'open' && incident.refused == null && (
        <>
          <p className="mb-4 text-muted text-sm">{acknowledgeLinkMessages.hint}</p>
          <Button
            variant="primary"
            busy={acknowledge.isPending}
            onClick={() => !acknowledge.isPending && acknowledge.mutate()}
          >
            {acknowledgeLinkMessages.acknowledge}
          </Button>
        </>
      )}
    </>
  );
}

export function AcknowledgeLinkPage() {
  const { token } = useParams({ from: '/acknowledge/$token' });
  const query = useQuery(linkedIncidentQuery(token));
  return (
    <PublicPage title={acknowledgeLinkMessages.title}>
      <div className="mt-4">
        <QueryView query={query} loading={<Loading rows={1} />}>
          {(incident) => <Acknowledge token={token} incident={incident} />}
        </QueryView>
      </div>
    </PublicPage>
  );
}
