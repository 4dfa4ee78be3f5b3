import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type LucideIcon, Network, Waves } from 'lucide-react';
import type { ReactNode } from 'react';
import type { FlappingRule, Monitor } from '@/api/models';
import { monitorNamesQuery, monitorQuery, nameOf, stateOf } from '@/api/monitors';
import { StateIcon } from '@/components/state';
import { pickerMessages } from '@/messages/monitor-picker';
import { dependencyMessages, describeFlapping } from './messages';

/** Monitors that are named, at most. */
const MAX_NAMED = 8;

function Line({ icon: Icon, children }: { icon: LucideIcon; children: ReactNode }) {
  return (
    <div className="mt-2 flex items-start gap-1.5 text-ink-soft text-sm">
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0 break-words">{children}</div>
    </div>
  );
}

/** Which of its incidents are passed over while the monitor is flapping. */
export function FlappingLine({ rule }: { rule: FlappingRule | null }) {
  return rule && <Line icon={Waves}>{describeFlapping(rule)}</Line>;
}

interface Named {
  id: number;
  name: string;
  /** Where it is known. */
  monitor?: Monitor | undefined;
}

function MonitorLinks({ label, monitors }: { label: string; monitors: Named[] }) {
  const named = monitors.slice(0, MAX_NAMED);
  return (
    <Line icon={Network}>
      <div className="flex flex-wrap gap-x-3 gap-y-1">
        {label}
        <ul aria-label={label} className="flex min-w-0 flex-wrap gap-x-3 gap-y-1">
          {named.map(({ id, name, monitor }) => (
            <li key={id} className="inline-flex min-w-0 items-center gap-1">
              {monitor && <StateIcon state={stateOf(monitor)} className="size-4 shrink-0" />}
              <Link
                to="/monitors/$monitorId"
                params={{ monitorId: id }}
                className="min-w-0 break-words font-medium text-ink underline underline-offset-4"
              >
                {name}
              </Link>
            </li>
          ))}
          {monitors.length > named.length && (
            <li>{dependencyMessages.more(monitors.length - named.length)}</li>
          )}
        </ul>
      </div>
    </Line>
  );
}

/** The monitors on which one depends, with their states, and those that depend on it. */
export function DependencyLines({ monitor: { id, depends_on } }: { monitor: Monitor }) {
  const known = useQueries({
    queries: depends_on.map((each) => monitorQuery(each)),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data ? [[data.id, data]] : []))),
  });
  const { data: dependants = [] } = useQuery({
    ...monitorNamesQuery(),
    // The list is long, and it is loaded again when a monitor was changed.
    staleTime: 600_000,
    select: ({ items }) => items.filter((each) => each.depends_on.includes(id)),
  });
  const dependencies = depends_on.map((each): Named => {
    const monitor = known.get(each);
    return { id: each, name: monitor ? nameOf(monitor) : pickerMessages.unknown(each), monitor };
  });
  return (
    <>
      {dependencies.length > 0 && <MonitorLinks label={dependencyMessages.title} monitors={dependencies} />}
      {dependants.length > 0 && <MonitorLinks label={dependencyMessages.dependants} monitors={dependants} />}
    </>
  );
}
