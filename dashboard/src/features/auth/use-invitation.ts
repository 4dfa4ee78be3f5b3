import { useSearch } from '@tanstack/react-router';
import { useLinkToken } from '@/components/use-link-token';
import { INVITATION_PAGE } from '@/lib/link-token';

/** The token of the invitation that somebody logs in to accept. */
export function useInvitation(): string | null {
  const { next } = useSearch({ from: '/logged-out' });
  const token = useLinkToken(INVITATION_PAGE);
  return next === INVITATION_PAGE ? token : null;
}
