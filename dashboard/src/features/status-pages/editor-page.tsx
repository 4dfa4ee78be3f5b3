import { useParams } from '@tanstack/react-router';
import { useCan } from '@/api/use-session';
import { Editor } from './editor';
import { PageSummary } from './summary';
import { WithStatusPage } from './with-status-page';

export function StatusPagePage() {
  const { pageId } = useParams({ from: '/logged-in/status-pages/$pageId' });
  const canEdit = useCan('manageStatusPages');
  return (
    <WithStatusPage id={pageId}>
      {(page) => (canEdit ? <Editor key={page.id} current={page} /> : <PageSummary page={page} />)}
    </WithStatusPage>
  );
}
