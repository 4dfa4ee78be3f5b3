/** A page that was open, as its heading called it. */
export interface RecentPage {
  href: string;
  title: string;
}

const MOST = 6;

/** Of one user in one organisation, in memory only: what monitors are called is nobody else's. */
let recent: { owner: string | null; pages: RecentPage[] } = { owner: null, pages: [] };

export function notePage(page: RecentPage, owner: string | null): void {
  const before = recent.owner === owner ? recent.pages : [];
  const others = before.filter(({ href }) => href !== page.href);
  recent = { owner, pages: [page, ...others].slice(0, MOST) };
}

/** Those of the owner but the one that is open, the latest first. */
export const recentPages = (owner: string | null, open: string): RecentPage[] =>
  recent.owner === owner ? recent.pages.filter(({ href }) => href !== open) : [];
