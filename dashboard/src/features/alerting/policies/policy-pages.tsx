import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { escalationPolicyQuery } from '@/api/alert-policy';
import type { EscalationPolicy } from '@/api/models';
import { ApiError } from '@/api/problem';
import { useCan } from '@/api/use-session';
import { BackLink } from '@/components/back-link';
import { DrillLink } from '@/components/drill-link';
import { EscalationSteps } from '@/components/escalation-steps';
import { NotFoundPage } from '@/components/fallback';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, RequirePermission } from '@/components/require-permission';
import { useTargets } from '@/components/use-targets';
import { ItemHistoryLink } from '@/components/versions/item-links';
import { capitalise } from '@/lib/format';
import { describeStepConditions, describeUnreachable, stepTime } from '@/messages/alerting';
import { ALERTING_TITLES } from '@/messages/terms';
import { policyMessages as messages } from './messages';
import { PolicyForm } from './policy-form';

const back = <BackLink to="/notifications/escalation-policies">{ALERTING_TITLES.policies}</BackLink>;

export function NewPolicyPage() {
  return (
    <>
      {back}
      <PageHeader title={messages.addTitle} />
      <RequirePermission permission="manageAlertPolicy">
        <PolicyForm policy={null} />
      </RequirePermission>
    </>
  );
}

/** For those who may see it, but not change it. */
function PolicyView({ policy }: { policy: EscalationPolicy }) {
  const { nameOf, problemOf, find } = useTargets();
  const steps = policy.steps.map(({ wait_minutes: wait = 0, targets, conditions = {} }) => ({
    when: capitalise(stepTime(wait)),
    conditions: describeStepConditions(conditions),
    targets: targets.map((target) => {
      const problem = problemOf(target);
      return {
        ...target,
        name: nameOf(target),
        note: find(target)?.note,
        problem: problem && describeUnreachable(target.kind, problem),
      };
    }),
  }));
  return (
    <>
      <EscalationSteps
        label={messages.steps}
        steps={steps}
        end={messages.end(policy.repeats, policy.repeat_after_minutes)}
      />
      {policy.acknowledgement_minutes > 0 && (
        <p className="mt-4 text-sm">{messages.expiresInWords(policy.acknowledgement_minutes)}</p>
      )}
      <PermissionNote permission="manageAlertPolicy" />
    </>
  );
}

function Policy({ id }: { id: number }) {
  const canEdit = useCan('manageAlertPolicy');
  const canDrill = useCan('manageMonitors');
  const query = useQuery(escalationPolicyQuery(id));
  if (query.error instanceof ApiError && query.error.status === 404) return <NotFoundPage />;
  return (
    <>
      {back}
      <PageHeader title={canEdit ? messages.editTitle : (query.data?.name ?? messages.readOnly)}>
        {canDrill && <DrillLink />}
      </PageHeader>
      <QueryView query={query} loading={<Loading rows={2} className="h-40" />}>
        {(policy) => (
          <>
            {canEdit ? <PolicyForm policy={policy} /> : <PolicyView policy={policy} />}
            <ItemHistoryLink kind="escalation-policies" id={policy.id} />
          </>
        )}
      </QueryView>
    </>
  );
}

export function PolicyPage() {
  const { policyId } = useParams({ from: '/logged-in/notifications/escalation-policies/$policyId' });
  return (
    <RequirePermission permission="viewAlertPolicy">
      <Policy id={policyId} />
    </RequirePermission>
  );
}
