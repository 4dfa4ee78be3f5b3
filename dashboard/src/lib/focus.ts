const FOCUSABLE =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex="0"]';

/** On a touch screen a field would open the keyboard. */
const opensKeyboard = (): boolean => window.matchMedia('(pointer: coarse)').matches;

/** Focuses the field that a page begins with, or else its heading, which screen readers then read. */
export function focusPage(): void {
  const main = document.querySelector('main');
  const field = opensKeyboard() ? null : main?.querySelector<HTMLElement>('[data-autofocus]');
  const target = field ?? main?.querySelector<HTMLElement>('h1[tabindex]') ?? main;
  target?.focus({ preventScroll: true });
}

/** Focuses the first field of a dialog, or else the dialog. */
export function focusDialog(dialog: HTMLElement): void {
  const field = opensKeyboard()
    ? null
    : dialog.querySelector<HTMLElement>('input:not([type=radio], [hidden]), input:checked, select, textarea');
  const target = dialog.querySelector<HTMLElement>('[data-autofocus]') ?? field ?? dialog;
  target.focus({ preventScroll: true });
}

/** A field that is wrong, or of a group that is, the first of its controls. */
const INVALID = '[aria-invalid=true], [data-invalid] :is(input, select, textarea, button)';

/** Focuses the first field that is wrong of the dialog on top, or of the page; not where the focus is in one already. */
export function focusInvalid(): void {
  if (document.activeElement?.matches(INVALID)) return;
  const top = [...document.querySelectorAll('[role=dialog]')].at(-1) ?? document;
  top.querySelector<HTMLElement>(INVALID)?.focus();
}

/** Focuses what is no control, so that the next key press triggers nothing. */
function focusPlace(element: HTMLElement): void {
  element.tabIndex = -1;
  element.addEventListener('blur', () => element.removeAttribute('tabindex'), { once: true });
  element.focus({ preventScroll: true });
}

/**
 * Moves the focus to the place of a focused element that disappears, such as the button that loaded the last page
 * of a list: around what was before it. A browser would start from the top again.
 */
export function keepFocus(): () => void {
  /** The focused element, and those before it, the nearest first. */
  let nearest: HTMLElement[] = [];

  /** On focus, and again on a click: what is before may be more by then. */
  function remember() {
    const inMain = [...document.querySelectorAll<HTMLElement>(`main :is(${FOCUSABLE})`)];
    const at = inMain.indexOf(document.activeElement as HTMLElement);
    nearest = at === -1 ? [] : inMain.slice(0, at + 1).reverse();
  }
  function onFocusOut({ target, relatedTarget }: FocusEvent) {
    if (relatedTarget !== null) return;
    // It may be on its way out, which only shows later.
    setTimeout(() => {
      if (nearest[0] === target && nearest[0]?.isConnected) nearest = [];
    });
  }
  const observer = new MutationObserver(() => {
    if (nearest[0]?.isConnected !== false) return;
    const next = nearest.find((element) => element.isConnected);
    nearest = [];
    if (document.activeElement !== document.body) return;
    if (next?.parentElement) focusPlace(next.parentElement);
    else focusPage();
  });

  document.addEventListener('focusin', remember);
  document.addEventListener('click', remember, { capture: true });
  document.addEventListener('focusout', onFocusOut);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', remember);
    document.removeEventListener('click', remember, { capture: true });
    document.removeEventListener('focusout', onFocusOut);
    observer.disconnect();
  };
}
