import { formatQuantity } from '@/lib/format';

export const tagPageMessages = {
  add: 'Add tag',
  edit: 'Edit tag',
  none: 'No tags yet',
  noneHint: 'Group monitors by team, region or anything else, then filter and change them together.',
  about: 'Tags group monitors, and incidents have the tags of their monitor.',
  deleteAction: 'Delete tag',
  removedFrom: (monitors: number) =>
    monitors === 0
      ? 'No monitor uses this tag.'
      : `${formatQuantity(monitors, 'monitor')} will lose this tag. The monitors themselves are kept.`,
};
