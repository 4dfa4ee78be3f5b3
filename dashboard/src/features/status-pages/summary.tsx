import { LayoutList } from 'lucide-react';
import type { StatusPage } from '@/api/models';
import { EmptyState } from '@/components/empty-state';
import { Section } from '@/components/page';
import { PermissionNote } from '@/components/require-permission';
import { SettingRow } from '@/components/setting-row';
import { StateBadge } from '@/components/state';
import { ACCESS_LABELS, addressMessages, componentMessages, pageMessages as messages } from './messages';
import { countComponents } from './order';
import { PageHead } from './page-head';
import { PageStatistics } from './statistics';

/** A status page for those who do not change it. */
export function PageSummary({ page }: { page: StatusPage }) {
  return (
    <>
      <PageHead page={page} />
      <dl className="card divide-y divide-line">
        <SettingRow label={messages.published}>
          {page.published ? messages.published : messages.notPublished}
        </SettingRow>
        <SettingRow label={messages.whoMaySee}>{ACCESS_LABELS[page.access.kind]}</SettingRow>
        {page.custom_domain && (
          <SettingRow label={addressMessages.domain}>
            {page.custom_domain.proven_at
              ? messages.domainProven(page.custom_domain.host)
              : messages.domainNotProven(page.custom_domain.host)}
          </SettingRow>
        )}
      </dl>
      {countComponents(page.groups) === 0 && (
        <div className="mt-8">
          <EmptyState icon={LayoutList} title={componentMessages.none}>
            {messages.noneHint}
          </EmptyState>
        </div>
      )}
      {page.groups.map(
        (group, at) =>
          group.components.length > 0 && (
            <Section
              // biome-ignore lint/suspicious/noArrayIndexKey: groups have nothing else
              key={at}
              title={group.name ?? componentMessages.noHeading}
            >
              <ul className="card divide-y divide-line">
                {group.components.map(({ id, name, description, monitor_state: state, external }) => (
                  <li key={id} className="flex items-center gap-4 px-5 py-3">
                    <div className="min-w-0 flex-1">
                      <p className="break-words font-medium text-sm">{name}</p>
                      {description && <p className="break-words text-ink-soft text-xs">{description}</p>}
                      {external && (
                        <p className="break-words text-ink-soft text-xs">
                          {componentMessages.external(external.url, external.component ?? '')}
                        </p>
                      )}
                    </div>
                    {state && <StateBadge state={state} />}
                  </li>
                ))}
              </ul>
            </Section>
          ),
      )}
      <PageStatistics pageId={page.id} />
      <PermissionNote permission="manageStatusPages" />
    </>
  );
}
