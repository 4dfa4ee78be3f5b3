/** The words of a text, as search takes them: what stands between punctuation, in small letters. */
export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** Whether each of the words begins one of the text. */
export function hasWords(text: string, words: readonly string[]): boolean {
  const there = wordsOf(text);
  return words.every((word) => there.some((each) => each.startsWith(word)));
}

export interface Segment {
  text: string;
  isMatch: boolean;
  /** Where it begins in the text. */
  at: number;
}

/** The text in segments, of which those match that begin a word as one of `words` does. */
export function segmentsOf(text: string, words: readonly string[]): Segment[] {
  const segments: Segment[] = [];
  const add = (from: number, to: number, isMatch: boolean) => {
    if (from < to) segments.push({ text: text.slice(from, to), isMatch, at: from });
  };
  let plainFrom = 0;
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    const lower = word.toLowerCase();
    // The longest of those that fit. A letter that is two in small letters would be marked at the wrong place.
    const fitting = words.filter((each) => lower.startsWith(each) && lower.length === word.length);
    const length = Math.max(0, ...fitting.map((each) => each.length));
    if (length === 0) continue;
    add(plainFrom, index, false);
    add(index, index + length, true);
    plainFrom = index + length;
  }
  add(plainFrom, text.length, false);
  return segments;
}
