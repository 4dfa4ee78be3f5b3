/** Where the link of an invitation leads. */
export const INVITATION_PAGE = '/invitation';

/** Where a login with a provider leads that needs a code as well. */
export const LOGIN_PAGE = '/login';

/**
 * The tokens of mailed links, and the challenge of a login with a provider. They stand behind the "#", which browsers send to no server, are taken out of the
 * address bar at once, and are kept in memory: a history, a shared screen or a copied address must not have them.
 */
const tokens = new Map<string, string>();
const listeners = new Set<() => void>();

/** Where a token is while the browser is at a provider: in this tab, until it comes back. */
const AWAY = 'link-token:';

export const linkTokens = {
  /** `page` is a path. */
  get: (page: string): string | null => tokens.get(page) ?? null,
  keep(page: string, token: string): void {
    tokens.set(page, token);
    for (const listener of listeners) listener();
  },
  /** Once it is used up. */
  forget(page: string): void {
    tokens.delete(page);
  },
  /** Before the browser leaves the page for a provider. */
  keepWhileAway(page: string): void {
    const token = tokens.get(page);
    if (token === undefined) return;
    try {
      sessionStorage.setItem(AWAY + page, token);
    } catch {
      // Not stored: the link of the mail is opened once more.
    }
  },
  /** Once the browser is back. */
  takeBack(page: string): void {
    try {
      const token = sessionStorage.getItem(AWAY + page);
      sessionStorage.removeItem(AWAY + page);
      if (token !== null && !tokens.has(page)) linkTokens.keep(page, token);
    } catch {
      // Nothing was stored.
    }
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
