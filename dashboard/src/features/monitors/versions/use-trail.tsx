import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { keys } from '@/api/keys';
import type { Monitor, VersionDifference } from '@/api/models';
import { nameOf } from '@/api/monitors';
import type { Versioned } from '@/api/versions';
import type { Trail, TrailRowsProps } from '@/components/versions/trail';
import { common } from '@/messages/common';
import { monitorMessages } from '../messages';
import { fieldAt, isKnown, labelsOf } from './fields';
import { MonitorHistoryLink, MonitorVersionLink } from './links';
import { monitorVersionMessages as messages } from './messages';
import { kindIn, rowsOf, settingsOf } from './rows';
import { useNames } from './use-names';

/** Settings of a monitor in the words of its form. */
function MonitorRows({ differences, definition, children }: TrailRowsProps) {
  const kind = kindIn(definition);
  const settings = Object.entries(definition).map(([field, after]) => ({ field, before: null, after }));
  const names = useNames([...differences, ...settings]);
  return children({
    rows: rowsOf(differences, kind, names),
    settings: () => settingsOf(definition, kind, names),
  });
}

/** What restoring does to the checks, where it pauses or resumes the monitor. */
function pauseNote(differences: readonly VersionDifference[]): string | null {
  const paused = differences.find(({ field }) => field === 'paused');
  if (!paused) return null;
  return paused.after === true ? messages.pauses : messages.resumes;
}

/** How versions of a monitor are shown. */
export function useMonitorTrail(monitorId: number, monitor: Monitor | undefined): Trail {
  const client = useQueryClient();
  const navigate = useNavigate();
  const kind = monitor?.kind ?? 'http';
  return {
    subject: { kind: 'monitors', id: monitorId },
    name: monitor ? nameOf(monitor) : common.namelessMonitor(monitorId),
    createdAt: monitor?.created_at,
    permission: 'manageMonitors',
    texts: {
      about: messages.about,
      unchangedHint: messages.unchangedHint,
      kept: messages.kept,
      unreadable: monitorMessages.unreadable,
    },
    labelsOf: (fields) => labelsOf(fields, kind),
    labelOf: (field) => (isKnown(field) ? fieldAt(field, kind).label : null),
    Rows: MonitorRows,
    HistoryLink: MonitorHistoryLink,
    VersionLink: MonitorVersionLink,
    noteOf: pauseNote,
    onRestored(item: Versioned) {
      client.setQueryData(keys.monitor(monitorId), item as Monitor);
      for (const queryKey of [
        keys.heartbeat(monitorId),
        keys.allAlertRoutesOf,
        keys.monitorLists,
        keys.allMonitorNames,
        keys.summary,
        keys.incidents,
      ]) {
        void client.invalidateQueries({ queryKey });
      }
    },
    toHistory: () => navigate({ to: '/monitors/$monitorId/history', params: { monitorId } }),
  };
}
