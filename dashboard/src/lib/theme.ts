export type Theme = 'light' | 'dark';

const STORAGE_KEY = 'theme';
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const systemTheme = (): Theme => (systemDark.matches ? 'dark' : 'light');

function chosenTheme(): Theme | null {
  const value = localStorage.getItem(STORAGE_KEY);
  return value === 'light' || value === 'dark' ? value : null;
}

export function applyTheme(): void {
  const chosen = chosenTheme();
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  for (const listener of listeners) listener();
}

export const themeStore = {
  get: (): Theme => chosenTheme() ?? systemTheme(),
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    systemDark.addEventListener('change', listener);
    return () => {
      listeners.delete(listener);
      systemDark.removeEventListener('change', listener);
    };
  },
  /** Choosing the system's theme follows the system again. */
  toggle(): void {
    const next: Theme = themeStore.get() === 'dark' ? 'light' : 'dark';
    if (next === systemTheme()) localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, next);
    applyTheme();
  },
};
