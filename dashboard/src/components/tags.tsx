import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { TagColour } from '@/api/models';
import { tagsQuery } from '@/api/tags';
import { cx } from '@/lib/cx';
import { tagMessages } from '@/messages/tags';
import { Select } from './field';

const DOTS: Record<TagColour, string> = {
  grey: 'bg-gray-400',
  blue: 'bg-blue-500',
  teal: 'bg-teal-500',
  green: 'bg-green-500',
  yellow: 'bg-yellow-400',
  orange: 'bg-orange-500',
  red: 'bg-red-500',
  pink: 'bg-pink-500',
  purple: 'bg-purple-500',
};

export type TagColours = ReadonlyMap<string, TagColour>;

/** The colours of the organisation's tags by name. */
export function useTagColours(): TagColours {
  const { data } = useQuery(tagsQuery);
  return useMemo(() => new Map(data?.map(({ name, colour }) => [name, colour])), [data]);
}

export const TagDot = ({ colour }: { colour: TagColour }) => (
  <span aria-hidden className={cx('size-2 shrink-0 rounded-full', DOTS[colour])} />
);

interface ListProps {
  names: readonly string[];
  colours: TagColours;
  className?: string;
}

export function TagList({ names, colours, className }: ListProps) {
  if (names.length === 0) return null;
  return (
    <ul aria-label={tagMessages.tags} className={cx('flex min-w-0 flex-wrap gap-1', className)}>
      {names.map((name) => (
        <li
          key={name}
          className="inline-flex min-w-0 items-center gap-1.5 rounded-full border border-line px-2 py-px text-ink-soft text-xs leading-4"
        >
          <TagDot colour={colours.get(name) ?? 'grey'} />
          <span className="truncate">{name}</span>
        </li>
      ))}
    </ul>
  );
}

interface FilterProps {
  value: string;
  onChange: (tag: string) => void;
}

/** Nothing while there are no tags. */
export function TagFilter({ value, onChange }: FilterProps) {
  const { data = [] } = useQuery(tagsQuery);
  const isKnown = value === '' || data.some(({ name }) => name === value);
  if (data.length === 0 && value === '') return null;
  return (
    <div className="w-32 shrink-0 sm:w-40">
      <Select aria-label={tagMessages.tag} value={value} onChange={({ target }) => onChange(target.value)}>
        <option value="">{tagMessages.all}</option>
        {!isKnown && <option value={value}>{value}</option>}
        {data.map(({ id, name }) => (
          <option key={id} value={name}>
            {name}
          </option>
        ))}
      </Select>
    </div>
  );
}
