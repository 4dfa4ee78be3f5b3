import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleAlert, CircleCheck, Globe, Lock, type LucideIcon, PanelsTopLeft, Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { StatusPage } from '@/api/models';
import { statusPagesQuery } from '@/api/status-pages';
import { useCan } from '@/api/use-session';
import { Badge } from '@/components/badge';
import { Button } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, RequirePermission, useWhyNot } from '@/components/require-permission';
import { PAGE_TITLES } from '@/messages/terms';
import { CreateDialog } from './create-dialog';
import { ACCESS_SHORT, pageMessages as messages } from './messages';
import { countComponents } from './order';
import { PageAddress } from './page-head';

function Fact({
  icon: Icon,
  className,
  children,
}: {
  icon: LucideIcon;
  className?: string;
  children: ReactNode;
}) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5">
      <Icon className={`size-3.5 shrink-0 ${className ?? ''}`} aria-hidden />
      <span className="min-w-0 break-words">{children}</span>
    </span>
  );
}

function PageRow({ page }: { page: StatusPage }) {
  const { id, title, published, access, custom_domain: domain } = page;
  return (
    <li className="grid gap-1 px-5 py-4">
      <div className="flex flex-wrap items-center gap-2">
        <Link
          to="/status-pages/$pageId"
          params={{ pageId: id }}
          className="min-w-0 break-words font-semibold underline-offset-4 hover:underline"
        >
          {title}
        </Link>
        {!published && <Badge>{messages.notPublished}</Badge>}
      </div>
      <div className="text-ink-soft text-sm">
        <PageAddress page={page} />
      </div>
      <p className="flex flex-wrap gap-x-5 gap-y-1 text-ink-soft text-xs">
        <Fact icon={access.kind === 'public' ? Globe : Lock}>{ACCESS_SHORT[access.kind]}</Fact>
        <span>{messages.components(countComponents(page.groups))}</span>
        {domain && (
          <Fact
            icon={domain.proven_at ? CircleCheck : CircleAlert}
            className={domain.proven_at ? 'text-up' : 'text-degraded'}
          >
            {domain.proven_at ? messages.domainProven(domain.host) : messages.domainNotProven(domain.host)}
          </Fact>
        )}
      </p>
    </li>
  );
}

function Pages() {
  const query = useQuery(statusPagesQuery);
  const canEdit = useCan('manageStatusPages');
  const whyNot = useWhyNot('manageStatusPages');
  const [isCreating, setCreating] = useState(false);
  const create = canEdit && (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Plus className="size-4" aria-hidden />
      {messages.create}
    </Button>
  );
  return (
    <>
      <PageHeader title={PAGE_TITLES.statusPages}>{query.data?.items.length !== 0 && create}</PageHeader>
      <QueryView query={query} loading={<Loading rows={2} className="h-24" />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={PanelsTopLeft} title={messages.none} action={create}>
              {messages.noneHint}
              {whyNot && <span className="mt-3 block">{whyNot}</span>}
            </EmptyState>
          ) : (
            <>
              <ul aria-label={PAGE_TITLES.statusPages} className="card divide-y divide-line">
                {items.map((page) => (
                  <PageRow key={page.id} page={page} />
                ))}
              </ul>
              <PermissionNote permission="manageStatusPages" />
            </>
          )
        }
      </QueryView>
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
    </>
  );
}

export function StatusPagesPage() {
  const isAllowed = useCan('viewStatusPages');
  return (
    <>
      {!isAllowed && <PageHeader title={PAGE_TITLES.statusPages} />}
      <RequirePermission permission="viewStatusPages">
        <Pages />
      </RequirePermission>
    </>
  );
}
