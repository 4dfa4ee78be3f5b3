/**
 * What was typed into forms when the session ended by itself, until the same person is back in the same organisation.
 * In memory only: forms hold secrets.
 */
let kept: { owner: string; values: Map<string, unknown> } | null = null;

/** The forms on screen that hold something unsaved, by name. */
const forms = new Map<string, () => unknown>();

/** Has what a form holds kept if the session ends, until the returned function is called. */
export function watchUnsaved(name: string, read: () => unknown): () => void {
  forms.set(name, read);
  return () => {
    if (forms.get(name) === read) forms.delete(name);
  };
}

/** Keeps what the forms on screen hold. */
export function keepUnsaved(owner: string): void {
  kept = { owner, values: new Map([...forms].map(([name, read]) => [name, read()])) };
}

export const hasUnsaved = (owner: string | null): boolean => owner !== null && kept?.owner === owner;

/** What a form held; undefined if nothing was kept of it. */
export const readUnsaved = (name: string): unknown => kept?.values.get(name);

export function dropUnsaved(name: string): void {
  kept?.values.delete(name);
}

export function forgetUnsaved(): void {
  kept = null;
}
