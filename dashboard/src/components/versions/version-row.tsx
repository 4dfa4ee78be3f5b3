import { CircleCheck } from 'lucide-react';
import type { MonitorVersion } from '@/api/models';
import { RelativeTime } from '@/components/time';
import { authorName, versionMessages as messages } from '@/messages/versions';
import type { Trail } from './trail';

/** Marks the version that holds now, in words beside the colour. */
export function CurrentBadge() {
  return (
    <span className="inline-flex shrink-0 items-center gap-1 rounded-full border border-up/40 bg-up/8 px-2 py-0.5 font-medium text-up text-xs leading-none">
      <CircleCheck className="size-3.5" aria-hidden />
      {messages.current}
    </span>
  );
}

const secondsBetween = (from: string, until: string) => (Date.parse(until) - Date.parse(from)) / 1_000;

/** What a version changed, in words. */
function changeOf({ version, changes, restored }: MonitorVersion, { labelsOf }: Trail): string {
  const changed = changes.length > 0 ? [messages.changed(labelsOf(changes))] : [];
  if (restored !== null) return [messages.restored(restored), ...changed].join(' · ');
  return changed[0] ?? (version === 1 ? messages.first : '');
}

interface Props {
  trail: Trail;
  version: MonitorVersion;
}

export function VersionRow({ trail, version: shown }: Props) {
  const { version, from, until, author } = shown;
  const { VersionLink } = trail;
  const change = changeOf(shown, trail);
  return (
    <li className="px-5 py-3.5 text-sm">
      <div className="flex flex-wrap items-center justify-between gap-x-5 gap-y-1">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2.5 gap-y-1">
          <VersionLink
            id={trail.subject.id}
            version={version}
            className="inline-block min-h-6 font-medium underline decoration-line-strong underline-offset-4 hover:decoration-ink"
          >
            {messages.version(version)}
          </VersionLink>
          {until === null && <CurrentBadge />}
        </p>
        <p className="text-ink-soft text-xs">
          <RelativeTime at={from} /> · <span className="wrap-anywhere">{authorName(author)}</span>
        </p>
      </div>
      {change && <p className="wrap-anywhere mt-1">{change}</p>}
      {until !== null && (
        <p className="mt-0.5 text-ink-soft text-xs">{messages.heldFor(secondsBetween(from, until))}</p>
      )}
    </li>
  );
}
