import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Rows3, Rows4, TagIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { MonitorFilter } from '@/api/keys';
import { tagsQuery } from '@/api/tags';
import { useAsOf } from '@/components/as-of/as-of';
import { ViewEarlier } from '@/components/as-of/view-earlier';
import { Button, buttonClass, IconButton } from '@/components/button';
import { Select } from '@/components/field';
import { SearchBox } from '@/components/search-box';
import { TagFilter } from '@/components/tags';
import { common } from '@/messages/common';
import { tagMessages } from '@/messages/tags';
import { groupMessages, KIND_MESSAGES, MONITOR_KINDS, monitorMessages } from '../messages';
import type { Density } from './density';
import { tableMessages as messages } from './messages';

/** Nothing while there are no tags. */
function GroupToggle({ on, onToggle }: { on: boolean; onToggle: (on: boolean) => void }) {
  const { data = [] } = useQuery(tagsQuery);
  if (data.length === 0 && !on) return null;
  return (
    <Button
      className="aria-pressed:border-ink aria-pressed:bg-sunken"
      aria-pressed={on}
      onClick={() => onToggle(!on)}
    >
      {groupMessages.groupByTag}
    </Button>
  );
}

interface FilterProps {
  filter: MonitorFilter;
  onFilter: (change: { q?: string | undefined; kind?: string | undefined; tag?: string | undefined }) => void;
  isGrouped: boolean;
  onGroup: (on: boolean) => void;
  density: Density;
  onDensity: (density: Density) => void;
  /** Null for whoever may change no monitors. */
  isSelecting: boolean | null;
  onSelecting: (on: boolean) => void;
}

/** Which monitors are listed, and how. */
export function Filters(props: FilterProps) {
  const { filter, onFilter, isGrouped, onGroup, density, onDensity, isSelecting, onSelecting } = props;
  const other = density === 'compact' ? 'comfortable' : 'compact';
  const Icon = density === 'compact' ? Rows3 : Rows4;
  return (
    <>
      <SearchBox shortcut value={filter.q} onChange={(q) => onFilter({ q: q || undefined })} />
      <div className="w-32 shrink-0">
        <Select
          aria-label={common.type}
          value={filter.kind}
          onChange={({ target }) => onFilter({ kind: target.value || undefined })}
        >
          <option value="">{monitorMessages.allTypes}</option>
          {MONITOR_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {KIND_MESSAGES[kind].label}
            </option>
          ))}
        </Select>
      </div>
      <TagFilter value={filter.tag} onChange={(tag) => onFilter({ tag: tag || undefined })} />
      <GroupToggle on={isGrouped} onToggle={onGroup} />
      <IconButton label={messages[other]} onClick={() => onDensity(other)}>
        <Icon className="size-4" aria-hidden />
      </IconButton>
      {isSelecting !== null && (
        <Button aria-pressed={isSelecting} onClick={() => onSelecting(!isSelecting)}>
          {isSelecting ? monitorMessages.stopSelecting : monitorMessages.selectMonitors}
        </Button>
      )}
    </>
  );
}

/** What is above the table, of which the filters are a part once there are monitors. */
export function Toolbar({ children }: { children: ReactNode }) {
  const isPast = useAsOf() !== null;
  return (
    <div
      // Lower where there is a mouse: the first monitors are to be seen without scrolling.
      className="mt-4 mb-2 flex flex-wrap items-center gap-2 lg:mt-1 lg:mb-1 lg:[&_:is(input,select,button,a)]:h-8 lg:[&_:is(input,select,button,a)]:min-h-0 lg:[&_:is(input,select)]:py-0"
    >
      {children}
      <ViewEarlier />
      {!isPast && (
        <Link to="/tags" className={buttonClass('ghost')}>
          <TagIcon className="size-4" aria-hidden />
          {tagMessages.tags}
        </Link>
      )}
    </div>
  );
}
