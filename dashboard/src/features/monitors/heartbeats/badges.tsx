import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { heartbeatQuery } from '@/api/heartbeats';
import type { Monitor } from '@/api/models';
import { nameOf } from '@/api/monitors';
import { Choice } from '@/components/choice';
import { CopyBlock } from '@/components/copy';
import { Section } from '@/components/page';
import { badgesOf } from './badge-links';
import { badgeMessages as messages } from './messages';

type Format = keyof typeof messages.formats;

/** The state as an image for other pages. Renders nothing until it is loaded: the schedule above says why. */
export function Badges({ monitor }: { monitor: Monitor }) {
  const { data } = useQuery(heartbeatQuery(monitor.id));
  const [format, setFormat] = useState<Format>('markdown');
  if (!data) return null;
  const name = nameOf(monitor);
  const badges = badgesOf(window.location.origin, data.badge_key, name);
  return (
    <Section title={messages.title}>
      <div className="card grid grid-cols-1 gap-4 p-5">
        <p className="text-pretty text-ink-soft text-sm">{messages.about}</p>
        <img src={badges.path} alt={messages.badgeOf(name)} className="h-5" />
        <div>
          <div className="mb-3">
            <Choice label={messages.format} options={messages.formats} value={format} onChange={setFormat} />
          </div>
          <CopyBlock text={badges[format]} />
        </div>
      </div>
    </Section>
  );
}
