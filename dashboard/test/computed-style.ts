/**
 * `getComputedStyle` without jsdom's matching of its whole style sheet against an element and those around it: queries
 * by role ask for it thousands of times, which was most of what the tests took. There are no other styles here than
 * inline ones, and what browsers have by the name of an element.
 */
const real = window.getComputedStyle.bind(window);
const displays = new Map<string, string>();

const inline = (element: Element): CSSStyleDeclaration | undefined => (element as HTMLElement).style;

function displayOf(element: Element): string {
  const own = inline(element)?.display;
  if (own) return own;
  if (element.hasAttribute('hidden')) return 'none';
  const kind = `${element.localName} ${element.getAttribute('type')}`;
  const known = displays.get(kind) ?? real(element.cloneNode() as Element).display;
  displays.set(kind, known);
  return known;
}

/** Of the element, or of the closest one around it that has any. */
function inherited(element: Element, property: 'visibility' | 'pointerEvents', initial: string): string {
  for (let at: Element | null = element; at; at = at.parentElement) {
    const own = inline(at)?.[property];
    if (own) return own;
  }
  return initial;
}

export function quickStyle(element: Element, pseudo?: string | null): CSSStyleDeclaration {
  if (pseudo) return real(element, pseudo);
  const quick = (property: string): string | undefined => {
    if (property === 'display') return displayOf(element);
    if (property === 'visibility') return inherited(element, 'visibility', 'visible');
    if (property === 'pointerEvents' || property === 'pointer-events') {
      return inherited(element, 'pointerEvents', 'auto');
    }
    return undefined;
  };
  return new Proxy({} as CSSStyleDeclaration, {
    get(_, name) {
      if (name === 'getPropertyValue') {
        return (property: string) => quick(property) ?? real(element).getPropertyValue(property);
      }
      const known = typeof name === 'string' ? quick(name) : undefined;
      if (known !== undefined) return known;
      const style = real(element);
      const value = Reflect.get(style, name);
      return typeof value === 'function' ? value.bind(style) : value;
    },
  });
}
