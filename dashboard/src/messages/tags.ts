import type { TagColour } from '@/api/models';
import { formatQuantity } from '@/lib/format';

export const tagMessages = {
  tag: 'Tag',
  tags: 'Tags',
  all: 'All tags',
  byTag: 'By tag',
  choose: 'Choose a tag',
  none: 'There are no tags yet',
  colour: 'Colour',
  usedBy: (monitors: number) => (monitors === 0 ? 'Not used' : formatQuantity(monitors, 'monitor')),
};

export const TAG_COLOUR_LABELS: Record<TagColour, string> = {
  grey: 'Grey',
  blue: 'Blue',
  teal: 'Teal',
  green: 'Green',
  yellow: 'Yellow',
  orange: 'Orange',
  red: 'Red',
  pink: 'Pink',
  purple: 'Purple',
};
