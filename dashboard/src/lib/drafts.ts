/** Texts that were written and not sent, kept until the tab is closed, or their author signs out or does not come back. */
const PREFIX = 'draft:';

export function readDraft(name: string): string {
  try {
    return sessionStorage.getItem(PREFIX + name) ?? '';
  } catch {
    return '';
  }
}

/** An empty text is none. */
export function keepDraft(name: string, text: string): void {
  try {
    if (text.trim()) sessionStorage.setItem(PREFIX + name, text);
    else sessionStorage.removeItem(PREFIX + name);
  } catch {
    // Where nothing can be stored nothing is kept.
  }
}

export function forgetDrafts(): void {
  try {
    const names = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
    for (const name of names) sessionStorage.removeItem(name);
  } catch {
    // There are none.
  }
}
