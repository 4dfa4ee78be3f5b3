import { useSyncExternalStore } from 'react';
import { linkTokens } from '@/lib/link-token';

/** The token of the link that was opened last; null when the page was opened without one, or loaded again. */
export const useLinkToken = (page: string): string | null =>
  useSyncExternalStore(linkTokens.subscribe, () => linkTokens.get(page));
