import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { CalendarClock, Siren } from 'lucide-react';
import { useEffect, useState } from 'react';
import { drillsQuery } from '@/api/drills';
import type { Drill } from '@/api/models';
import { monitorNamesQuery } from '@/api/monitors';
import { useCan } from '@/api/use-session';
import { Button, buttonClass } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { Select } from '@/components/field';
import { NotificationTabs } from '@/components/notification-tabs';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, useWhyNot } from '@/components/require-permission';
import { ShowMore } from '@/components/show-more';
import { useMonitorName } from '@/components/use-monitor-name';
import { PAGE_TITLES } from '@/messages/terms';
import { DrillRow } from './drill-row';
import { drillMessages as messages } from './messages';
import { StartDialog } from './start-dialog';
import { useStarter } from './use-starter';

interface FilterProps {
  /** Null is every monitor. */
  value: number | null;
  onChange: (value: number | null) => void;
}

function MonitorFilter({ value, onChange }: FilterProps) {
  const { data } = useQuery(monitorNamesQuery());
  const monitorName = useMonitorName(value === null ? [] : [value]);
  const items = data?.items ?? [];
  const isListed = value === null || items.some(({ id }) => id === value);
  return (
    <div className="w-full sm:w-64">
      <Select
        aria-label={messages.monitor}
        value={value ?? ''}
        onChange={({ target }) => onChange(target.value === '' ? null : Number(target.value))}
      >
        <option value="">{messages.allMonitors}</option>
        {!isListed && <option value={value}>{monitorName(value)}</option>}
        {items.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </div>
  );
}

function DrillList({ title, drills }: { title: string; drills: readonly Drill[] }) {
  const starterOf = useStarter();
  if (drills.length === 0) return null;
  return (
    <Section title={title}>
      <ul aria-label={messages.list(title)} className="card divide-y divide-line overflow-hidden">
        {drills.map((drill) => (
          <DrillRow key={drill.id} drill={drill} starter={starterOf(drill)} />
        ))}
      </ul>
    </Section>
  );
}

/** Those that are running above the others, each newest first. */
function DrillLists({ drills }: { drills: readonly Drill[] }) {
  return (
    <>
      <DrillList title={messages.running} drills={drills.filter(({ state }) => state === 'running')} />
      <DrillList title={messages.past} drills={drills.filter(({ state }) => state !== 'running')} />
    </>
  );
}

export function DrillsPage() {
  const { monitor = null, start = false } = useSearch({ from: '/logged-in/drills' });
  const navigate = useNavigate({ from: '/drills' });
  const query = useInfiniteQuery(drillsQuery(monitor));
  const canStart = useCan('manageMonitors');
  const whyNot = useWhyNot('manageMonitors');
  const [isStarting, setStarting] = useState(start);
  // A link opens the dialog once, not again by going back.
  useEffect(() => {
    if (!start) return;
    setStarting(true);
    void navigate({ search: ({ start: _, ...others }) => others, replace: true });
  }, [start, navigate]);
  const startButton = canStart && (
    <Button variant="primary" onClick={() => setStarting(true)}>
      <Siren className="size-4" aria-hidden />
      {messages.start}
    </Button>
  );
  return (
    <>
      <PageHeader title={PAGE_TITLES.alerting}>
        <div className="flex flex-wrap gap-2">
          <Link to="/drills/schedules" className={buttonClass()}>
            <CalendarClock className="size-4" aria-hidden />
            {messages.schedules}
          </Link>
          {startButton}
        </div>
      </PageHeader>
      <NotificationTabs />
      <QueryView query={query} loading={<Loading rows={3} className="h-20" />}>
        {({ pages }) => {
          const drills = pages.flatMap(({ items }) => items);
          if (drills.length === 0 && monitor === null) {
            return (
              <EmptyState icon={Siren} title={messages.none}>
                {messages.noneHint} {whyNot}
              </EmptyState>
            );
          }
          return (
            <>
              <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
                <p className="min-w-0 max-w-2xl flex-1 basis-72 text-pretty text-ink-soft text-sm">
                  {messages.about}
                </p>
                <MonitorFilter
                  value={monitor}
                  onChange={(next) =>
                    navigate({ search: next === null ? {} : { monitor: next }, replace: true })
                  }
                />
              </div>
              {drills.length === 0 && (
                <p className="card mt-6 px-5 py-8 text-center text-ink-soft text-sm">
                  {messages.noneOfMonitor}
                </p>
              )}
              <DrillLists drills={drills} />
              <ShowMore query={query} shown={drills.length} />
              <PermissionNote permission="manageMonitors" />
            </>
          );
        }}
      </QueryView>
      {isStarting && canStart && <StartDialog monitor={monitor} onClose={() => setStarting(false)} />}
    </>
  );
}
