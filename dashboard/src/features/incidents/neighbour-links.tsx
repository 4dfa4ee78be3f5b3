import { useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { useEffect } from 'react';
import { incidentQuery } from '@/api/incidents';
import type { Incident } from '@/api/models';
import { useAsOf, useAsOfSearch } from '@/components/as-of/as-of';
import { iconButtonClass } from '@/components/button';
import { isTyping } from '@/components/search-box';
import { monitorNameOf } from '@/messages/incidents';
import { incidentPageMessages as messages } from './messages';
import { useNeighbours } from './neighbours';

const KEYS = { previous: 'k', next: 'j' } as const;
const ICONS = { previous: ChevronUp, next: ChevronDown };
type Direction = keyof typeof KEYS;

const hasDialog = () => document.querySelector('[role=dialog], [role=alertdialog]') !== null;

function NeighbourLink({ direction, incident }: { direction: Direction; incident: Incident | null }) {
  const search = useAsOfSearch();
  const isPast = useAsOf() !== null;
  const Icon = ICONS[direction];
  if (!incident) {
    return (
      <span className={iconButtonClass('opacity-40 hover:bg-transparent')}>
        <Icon className="size-4.5" role="img" aria-label={messages.none[direction]} />
      </span>
    );
  }
  return (
    <Link
      to="/incidents/$incidentId"
      params={{ incidentId: incident.id }}
      search={search}
      aria-label={messages.neighbour[direction](monitorNameOf(incident, isPast))}
      aria-keyshortcuts={KEYS[direction]}
      title={messages.neighbourKey[direction](monitorNameOf(incident, isPast), KEYS[direction].toUpperCase())}
      className={iconButtonClass()}
    >
      <Icon className="size-4.5" aria-hidden />
    </Link>
  );
}

/** Leads to the incidents before and after in the list, also by J and K. Nothing where they are not known. */
export function NeighbourLinks({ incidentId }: { incidentId: string }) {
  const neighbours = useNeighbours(incidentId);
  const { navigate } = useRouter();
  const client = useQueryClient();
  const at = useAsOf();
  const [previous, next] = [neighbours?.previous?.id, neighbours?.next?.id];
  useEffect(() => {
    // It is there when the key is pressed.
    if (next) void client.prefetchQuery({ ...incidentQuery(next, at), staleTime: 30_000 });
  }, [client, next, at]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, shiftKey, target, defaultPrevented } = event;
      if (defaultPrevented || ctrlKey || metaKey || altKey || shiftKey || isTyping(target) || hasDialog())
        return;
      const id = key === KEYS.next ? next : key === KEYS.previous ? previous : undefined;
      if (id === undefined) return;
      event.preventDefault();
      void navigate({
        to: '/incidents/$incidentId',
        params: { incidentId: id },
        search: at === null ? {} : { at },
      });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate, previous, next, at]);
  if (!previous && !next) return null;
  return (
    <nav aria-label={messages.neighbours} className="-my-2 flex">
      <NeighbourLink direction="previous" incident={neighbours?.previous ?? null} />
      <NeighbourLink direction="next" incident={neighbours?.next ?? null} />
    </nav>
  );
}
