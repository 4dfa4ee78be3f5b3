import { useQuery } from '@tanstack/react-query';
import { channelsQuery } from '@/api/channels';
import type { EscalationTarget, TargetKind, Unreachable } from '@/api/models';
import { onCallQuery, onCallSchedulesQuery } from '@/api/on-call';
import { allMembersQuery } from '@/api/organisations';
import { teamsQuery } from '@/api/teams';
import { useSession } from '@/api/use-session';
import { alertingMessages, targetNotes } from '@/messages/alerting';

export interface KnownTarget {
  kind: TargetKind;
  id: number;
  name: string;
  /** Why it reaches nobody, as far as that is known. */
  unreachable: Unreachable | null;
  /** What there is to know about it. */
  note?: string | undefined;
}

interface Targets {
  all: KnownTarget[];
  find: (target: EscalationTarget) => KnownTarget | undefined;
  nameOf: (target: EscalationTarget) => string;
  /** Why a target reaches nobody. */
  problemOf: (target: EscalationTarget) => Unreachable | null;
  error: unknown;
}

const without = (isReached: boolean): Unreachable | null => (isReached ? null : 'no_channel');

/** Whoever can be notified by a step of an escalation policy. */
export function useTargets(): Targets {
  const org = useSession()?.org.id ?? 0;
  const channels = useQuery(channelsQuery);
  const schedules = useQuery(onCallSchedulesQuery);
  const onCall = useQuery(onCallQuery);
  const teams = useQuery(teamsQuery);
  const members = useQuery(allMembersQuery(org));

  // Whether somebody has a channel is said where a schedule or a team names them.
  const named = [
    ...(schedules.data?.items.flatMap(({ people }) => people) ?? []),
    ...(teams.data?.items.flatMap((team) => team.members) ?? []),
  ];
  const hasChannel = new Map(named.map(({ id, has_channel }) => [id, has_channel]));
  const now = new Map(onCall.data?.schedules.map((schedule) => [schedule.id, schedule.now]));

  const all: KnownTarget[] = [
    ...(schedules.data?.items ?? []).map(({ id, name }): KnownTarget => {
      const current = now.get(id);
      const unreachable = current === null ? 'nobody_on_call' : without(current?.has_channel ?? true);
      return {
        kind: 'schedule',
        id,
        name,
        unreachable,
        note: current?.name ? targetNotes.now(current.name) : undefined,
      };
    }),
    ...(teams.data?.items ?? []).map(
      ({ id, name, members: team }): KnownTarget => ({
        kind: 'team',
        id,
        name,
        unreachable: without(team.some(({ has_channel }) => has_channel)),
        note: targetNotes.members(team.length),
      }),
    ),
    ...(members.data ?? []).map(
      ({ user_id: id, name, email }): KnownTarget => ({
        kind: 'person',
        id,
        name: name.trim() || email,
        unreachable: without(hasChannel.get(id) ?? true),
      }),
    ),
    ...(channels.data?.items ?? []).map(
      ({ id, name, enabled }): KnownTarget => ({ kind: 'channel', id, name, unreachable: without(enabled) }),
    ),
  ];
  const loaded: Record<TargetKind, boolean> = {
    channel: channels.data !== undefined,
    schedule: schedules.data !== undefined,
    team: teams.data !== undefined,
    person: members.data !== undefined,
  };

  const find = ({ kind, id }: EscalationTarget) => all.find((each) => each.kind === kind && each.id === id);
  return {
    all,
    find,
    nameOf(target) {
      const known = find(target);
      if (known) return known.name;
      return loaded[target.kind] ? alertingMessages.deletedTarget(target.kind) : targetNotes.id(target.id);
    },
    problemOf(target) {
      const known = find(target);
      if (known) return known.unreachable;
      return loaded[target.kind] ? 'gone' : null;
    },
    error: channels.error ?? schedules.error ?? teams.error ?? members.error,
  };
}
