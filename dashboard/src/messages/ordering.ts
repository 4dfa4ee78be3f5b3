/** Putting things in order, with the pointer or the keyboard; the places are announced by screen readers. */
export const orderingMessages = {
  move: (name: string) => `Move ${name}`,
  /** How to order with the keyboard, for screen readers. */
  instructions:
    'To move with the keyboard press Space, then the arrow keys, then Space to drop. Escape puts it back.',
  lifted: (name: string, where: string) => `${name} lifted, ${where}.`,
  moved: (name: string, where: string) => `${name}: ${where}.`,
  dropped: (name: string, where: string) => `${name} dropped, ${where}.`,
  cancelled: (name: string, where: string) => `${name} put back, ${where}.`,
  place: (position: number, count: number) => `${position} of ${count}`,
};
