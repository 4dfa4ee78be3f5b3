import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus, VolumeX } from 'lucide-react';
import { useState } from 'react';
import { keys } from '@/api/keys';
import type { Silence, SilenceState } from '@/api/models';
import { endSilence, silencesQuery } from '@/api/silences';
import { useCan, useIsNarrowed } from '@/api/use-session';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/dialog';
import { EmptyState } from '@/components/empty-state';
import { NotificationTabs } from '@/components/notification-tabs';
import { PageHeader, Section } from '@/components/page';
import { Loading, QueryView } from '@/components/query';
import { PermissionNote, useWhyNot } from '@/components/require-permission';
import { Switch } from '@/components/switch';
import { toastSuccess } from '@/components/toasts';
import { useNow } from '@/lib/now';
import { common } from '@/messages/common';
import { PAGE_TITLES } from '@/messages/terms';
import { silenceMessages as messages, STATE_TITLES, stateOf } from './messages';
import { SilenceForm } from './silence-form';
import { SilenceRow } from './silence-row';

/** Ended ones that are shown at first, and more of them each time. */
const BATCH = 50;

function EndSilence({ silence, onClose }: { silence: Silence; onClose: () => void }) {
  const client = useQueryClient();
  const [isActive] = useState(() => stateOf(silence, Date.now()) === 'active');
  const end = useMutation({
    mutationFn: () => endSilence(silence.id),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.silences });
      toastSuccess(isActive ? messages.ended : messages.cancelled);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={isActive ? messages.endTitle : messages.cancelTitle}
      action={isActive ? messages.endAction : messages.cancelAction}
      cancel={messages.keep}
      busy={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate()}
      onClose={onClose}
    >
      {isActive ? messages.endHint : messages.cancelHint}
    </ConfirmDialog>
  );
}

/** Active ones by end, scheduled ones by start, ended ones latest first. */
function groupByState(silences: readonly Silence[], now: number): Record<SilenceState, Silence[]> {
  const of = (state: SilenceState) => silences.filter((each) => stateOf(each, now) === state);
  const by = (key: 'starts_at' | 'ends_at') => (a: Silence, b: Silence) =>
    Date.parse(a[key]) - Date.parse(b[key]);
  return {
    active: of('active').sort(by('ends_at')),
    scheduled: of('scheduled').sort(by('starts_at')),
    ended: of('ended').sort(by('ends_at')).reverse(),
  };
}

interface ListProps {
  silences: Silence[];
  state: SilenceState;
  now: number;
  onEdit: (silence: Silence) => void;
  onEnd: (silence: Silence) => void;
}

function SilenceList({ silences, state, now, onEdit, onEnd }: ListProps) {
  const canEdit = useCan('manageMonitors');
  const isNarrowed = useIsNarrowed();
  const [shown, setShown] = useState(BATCH);
  return (
    <>
      <ul aria-label={messages.list(state)} className="card divide-y divide-line overflow-hidden">
        {silences.slice(0, shown).map((silence) => (
          <SilenceRow
            key={silence.id}
            silence={silence}
            now={now}
            // One of all monitors is for those who see all.
            canEdit={canEdit && !(isNarrowed && silence.monitors.length === 0)}
            onEdit={() => onEdit(silence)}
            onEnd={() => onEnd(silence)}
          />
        ))}
      </ul>
      {shown < silences.length && (
        <div className="mt-4 text-center">
          <Button onClick={() => setShown(shown + BATCH)}>{common.showMore}</Button>
          <p className="mt-2 text-ink-soft text-xs">{common.shown(shown, silences.length)}</p>
        </div>
      )}
    </>
  );
}

type Lists = Omit<ListProps, 'state' | 'now'> & { withEnded: boolean };

function SilenceLists({ silences, withEnded, ...actions }: Lists) {
  const now = useNow();
  const groups = groupByState(silences, now);
  const states: SilenceState[] = withEnded ? ['active', 'scheduled', 'ended'] : ['active', 'scheduled'];
  return states.map((state) => {
    const isEnded = state === 'ended';
    if (groups[state].length === 0 && !isEnded) return null;
    return (
      <Section
        key={state}
        title={STATE_TITLES[state]}
        aside={isEnded && <p className="text-ink-soft text-xs">{messages.endedHint}</p>}
      >
        {groups[state].length > 0 ? (
          <SilenceList {...actions} silences={groups[state]} state={state} now={now} />
        ) : (
          <p className="card px-5 py-8 text-center text-ink-soft text-sm">{messages.noEnded}</p>
        )}
      </Section>
    );
  });
}

/** Whom a new one is for, or which one is changed; null while the form is closed. */
type Editing = { silence: Silence } | { silence: null; monitor?: number } | null;

export function SilencesPage() {
  const { monitor } = useSearch({ from: '/logged-in/notifications/silences' });
  const navigate = useNavigate({ from: '/notifications/silences' });
  const [withEnded, setWithEnded] = useState(false);
  const query = useQuery({ ...silencesQuery(withEnded), placeholderData: keepPreviousData });
  const canEdit = useCan('manageMonitors');
  const whyNot = useWhyNot('manageMonitors');
  const [opened, setEditing] = useState<Editing>(null);
  const [ending, setEnding] = useState<Silence | null>(null);
  const editing: Editing = opened ?? (canEdit && monitor !== undefined ? { silence: null, monitor } : null);
  const close = () => {
    setEditing(null);
    if (monitor !== undefined) void navigate({ search: {}, replace: true });
  };
  const now = useNow();
  const isEmpty = query.data?.every((silence) => stateOf(silence, now) === 'ended');
  const addButton = canEdit && (
    <Button variant="primary" onClick={() => setEditing({ silence: null })}>
      <Plus className="size-4" aria-hidden />
      {messages.add}
    </Button>
  );
  const maintenance = (
    <Link to="/maintenance" className="font-medium underline underline-offset-4">
      {messages.planned}
    </Link>
  );
  return (
    <>
      <PageHeader title={PAGE_TITLES.alerting}>{isEmpty === false && addButton}</PageHeader>
      <NotificationTabs />
      <QueryView query={query} loading={<Loading rows={2} className="h-24" />}>
        {(silences) => (
          <>
            {isEmpty ? (
              <EmptyState icon={VolumeX} title={messages.none} action={addButton}>
                {messages.noneHint} {canEdit ? maintenance : whyNot}
              </EmptyState>
            ) : (
              <p className="max-w-3xl text-pretty text-ink-soft text-sm">
                {messages.about} {maintenance}
              </p>
            )}
            <div className="mt-4 flex items-center justify-end gap-2.5 text-sm">
              <span aria-hidden>{messages.showEnded}</span>
              <Switch label={messages.showEnded} checked={withEnded} onChange={setWithEnded} />
            </div>
            <SilenceLists
              silences={silences}
              withEnded={withEnded && !query.isPlaceholderData}
              onEdit={(silence) => setEditing({ silence })}
              onEnd={setEnding}
            />
            {!isEmpty && <PermissionNote permission="manageMonitors" />}
          </>
        )}
      </QueryView>
      {editing && (
        <SilenceForm
          silence={editing.silence}
          monitor={'monitor' in editing ? editing.monitor : undefined}
          onClose={close}
        />
      )}
      {ending && <EndSilence silence={ending} onClose={() => setEnding(null)} />}
    </>
  );
}
