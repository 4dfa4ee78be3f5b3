import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ListOrdered, Pencil, Plus, Trash2, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { deleteEscalationPolicy, escalationPoliciesQuery } from '@/api/alert-policy';
import { keys } from '@/api/keys';
import type { EscalationPolicy } from '@/api/models';
import { useCan } from '@/api/use-session';
import { BacktestLink } from '@/components/backtest/backtest-link';
import { buttonClass, IconButton, iconButtonClass } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { NotificationTabs } from '@/components/notification-tabs';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, RequirePermission, useWhyNot } from '@/components/require-permission';
import { toastSuccess } from '@/components/toasts';
import { useTargets } from '@/components/use-targets';
import { describePlan, describeUnreachable, describeUse } from '@/messages/alerting';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { policyMessages as messages } from './messages';

function DeletePolicy({ policy, onClose }: { policy: EscalationPolicy; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteEscalationPolicy(policy.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.alertPolicy });
      toastSuccess(common.removed(policy.name));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={common.confirmRemove(policy.name)}
      action={messages.delete}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {messages.deleteHint}
    </ConfirmDialog>
  );
}

interface RowProps {
  policy: EscalationPolicy;
  targets: ReturnType<typeof useTargets>;
  canEdit: boolean;
  onDelete: () => void;
}

/** Each target once that reaches nobody, and why. */
function unreachable({ steps }: EscalationPolicy, { nameOf, problemOf }: RowProps['targets']): string[] {
  const texts = steps
    .flatMap((step) => step.targets)
    .flatMap((target) => {
      const problem = problemOf(target);
      return problem
        ? [messages.unreachableOne(nameOf(target), describeUnreachable(target.kind, problem))]
        : [];
    });
  return [...new Set(texts)];
}

function PolicyRow({ policy, targets, canEdit, onDelete }: RowProps) {
  const { id, name, error, used_by } = policy;
  const use = describeUse(used_by);
  const problems = unreachable(policy, targets);
  const plan = describePlan(policy, targets.nameOf);
  return (
    <li className="flex items-start gap-3 py-4 pr-3 pl-5">
      <div className="grid min-w-0 flex-1 gap-1">
        <Link
          to="/notifications/escalation-policies/$policyId"
          params={{ policyId: id }}
          className="w-fit max-w-full break-words font-semibold underline-offset-4 hover:underline"
        >
          {name}
        </Link>
        {error ? (
          <p className="text-down text-sm first-letter:uppercase">{error}</p>
        ) : (
          <p className="text-pretty break-words text-sm first-letter:uppercase">{plan}</p>
        )}
        {policy.acknowledgement_minutes > 0 && (
          <p className="text-ink-soft text-xs">{messages.expiresInWords(policy.acknowledgement_minutes)}</p>
        )}
        {problems.length > 0 && (
          <p className="flex gap-1.5 text-degraded text-xs">
            <TriangleAlert className="mt-px size-3.5 shrink-0" aria-hidden />
            <span className="min-w-0 break-words">{messages.unreachable(problems.join(', '))}</span>
          </p>
        )}
        <p className="text-ink-soft text-xs">{use ? messages.usedBy(use) : messages.unused}</p>
      </div>
      {canEdit && (
        <div className="-mt-1.5 flex shrink-0 max-sm:flex-col">
          <Link
            to="/notifications/escalation-policies/$policyId"
            params={{ policyId: id }}
            aria-label={common.edit(name)}
            title={common.edit(name)}
            className={iconButtonClass()}
          >
            <Pencil className="size-4" aria-hidden />
          </Link>
          <IconButton label={common.remove(name)} onClick={onDelete}>
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        </div>
      )}
    </li>
  );
}

function Policies() {
  const query = useQuery(escalationPoliciesQuery);
  const targets = useTargets();
  const canEdit = useCan('manageAlertPolicy');
  const whyNot = useWhyNot('manageAlertPolicy');
  const [deleting, setDeleting] = useState<EscalationPolicy | null>(null);
  const addButton = canEdit && (
    <Link to="/notifications/escalation-policies/new" className={buttonClass('primary')}>
      <Plus className="size-4" aria-hidden />
      {messages.add}
    </Link>
  );
  return (
    <>
      <PageHeader title={PAGE_TITLES.alerting}>
        <div className="flex flex-wrap gap-2">
          <BacktestLink />
          {query.data?.length !== 0 && addButton}
        </div>
      </PageHeader>
      <NotificationTabs />
      <QueryView query={query} loading={<Loading rows={2} className="h-20" />}>
        {(policies) =>
          policies.length === 0 ? (
            <EmptyState icon={ListOrdered} title={messages.none} action={addButton}>
              {messages.noneHint} {whyNot}
            </EmptyState>
          ) : (
            <>
              <p className="mb-4 max-w-3xl text-pretty text-ink-soft text-sm">{messages.about}</p>
              <ul aria-label={messages.list} className="card divide-y divide-line">
                {policies.map((policy) => (
                  <PolicyRow
                    key={policy.id}
                    policy={policy}
                    targets={targets}
                    canEdit={canEdit}
                    onDelete={() => setDeleting(policy)}
                  />
                ))}
              </ul>
              <PermissionNote permission="manageAlertPolicy" />
            </>
          )
        }
      </QueryView>
      {deleting && <DeletePolicy policy={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

export function EscalationPoliciesPage() {
  return (
    <RequirePermission permission="viewAlertPolicy">
      <Policies />
    </RequirePermission>
  );
}
