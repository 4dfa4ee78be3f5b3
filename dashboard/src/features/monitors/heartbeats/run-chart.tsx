import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { runsQuery } from '@/api/heartbeats';
import type { Monitor } from '@/api/models';
import { ChartFrame, Cursor } from '@/components/charts/chart-frame';
import { usePollInterval } from '@/components/live';
import { Section } from '@/components/page';
import { FailedQueries } from '@/components/query';
import { formatDateTime, formatShortDateTime } from '@/lib/format';
import { nearestIndex, timeDomain } from '../chart-scale';
import {
  describeRun,
  durationText,
  heartbeatMessages as messages,
  PING_LABELS,
  runChartSummary,
} from './messages';
import { axisUnit, type Run, runsOf } from './run-scale';

const HEIGHT = 200;
const FLOOR = HEIGHT - 26;

function Readout({ run: { ping, durationMs } }: { run: Run }) {
  return (
    <>
      <span className="font-medium text-ink">
        {PING_LABELS[ping.kind]} · {durationText(durationMs)}
      </span>
      <span>{formatDateTime(ping.at)}</span>
    </>
  );
}

interface Limits {
  shortestMs: number | null;
  longestMs: number | null;
}

function limitsOf({ heartbeat }: Monitor): Limits {
  const ms = (seconds: number | null | undefined) => (seconds ? seconds * 1_000 : null);
  // A run may take as long as the grace time unless something else was chosen.
  const longest = heartbeat?.longest_run_seconds ?? heartbeat?.grace_seconds;
  return { shortestMs: ms(heartbeat?.shortest_run_seconds), longestMs: ms(longest) };
}

export function RunChart({ runs, limits }: { runs: Run[]; limits: Limits }) {
  const durations = runs.map(({ durationMs }) => durationMs);
  const longest = Math.max(...durations);
  const unit = axisUnit(longest);
  const [from, until] = timeDomain(runs);
  const failed = runs.filter(({ ping }) => ping.kind === 'fail').length;
  return (
    <div className="card">
      <ChartFrame
        summary={runChartSummary(runs.length, [Math.min(...durations), longest], failed)}
        height={HEIGHT}
        floor={FLOOR}
        maxMs={longest / unit.ms}
        leastMax={4}
        tickLabel={(tick) => `${tick} ${unit.label}`}
        count={runs.length}
        indexAt={(part) => nearestIndex(runs, from + part * (until - from))}
        describe={(index) => {
          const run = runs[index];
          return run && describeRun(run.ping.kind, run.durationMs, run.ping.at);
        }}
        caption={(selected) => {
          const shown = runs[selected ?? runs.length - 1];
          return (
            <>
              <span className="mr-auto">{messages.columns.duration}</span>
              <span aria-hidden className="inline-flex flex-wrap items-center gap-2">
                {shown && <Readout run={shown} />}
              </span>
            </>
          );
        }}
        timeLabel={(part) => formatShortDateTime(from + part * (until - from))}
        middleFrom={480}
      >
        {(plot, selected) => {
          const x = ({ at }: Run) => plot.x((at - from) / (until - from));
          const y = (ms: number) => plot.y(ms / unit.ms);
          const shown = selected === null ? undefined : runs[selected];
          return (
            <>
              {[limits.shortestMs, limits.longestMs]
                .filter((ms) => ms !== null && ms / unit.ms <= plot.max)
                .map((ms) => (
                  <line
                    key={ms}
                    x1={plot.left}
                    x2={plot.right}
                    y1={y(ms ?? 0)}
                    y2={y(ms ?? 0)}
                    className="stroke-degraded"
                    strokeDasharray="4 4"
                  />
                ))}
              {runs.map((run) => {
                const isFailed = run.ping.kind === 'fail';
                return (
                  <g key={run.ping.n} className={isFailed ? 'stroke-down-fill' : 'stroke-up-fill'}>
                    <line x1={x(run)} x2={x(run)} y1={FLOOR} y2={y(run.durationMs)} strokeWidth={3} />
                    {isFailed && (
                      <path d={`M${x(run) - 3.5} ${y(run.durationMs) - 3.5}l7 7m0 -7l-7 7`} strokeWidth={2} />
                    )}
                  </g>
                );
              })}
              {shown && <Cursor x={x(shown)} until={FLOOR} />}
            </>
          );
        }}
      </ChartFrame>
    </div>
  );
}

/** How long the runs took. Renders nothing while no duration is known. */
export function Runs({ monitor }: { monitor: Monitor }) {
  const query = useQuery({ ...runsQuery(monitor.id), refetchInterval: usePollInterval() });
  const runs = useMemo(() => runsOf(query.data?.items ?? []), [query.data]);
  if (runs.length === 0 && query.error == null) return null;
  return (
    <Section title={messages.runDurations}>
      <FailedQueries queries={[query]} />
      {runs.length > 0 && <RunChart runs={runs} limits={limitsOf(monitor)} />}
    </Section>
  );
}
