/** What a word consists of: also marks, as of vowels and accents, and what joins letters or keeps them apart within it. */
const OF_WORDS = String.raw`[\p{L}\p{N}\p{M}\u200c\u200d]+`;
const HAS_LETTER = /[\p{L}\p{N}]/u;

/** The words of a text, as search takes them: what stands between punctuation, in small letters. */
export const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(new RegExp(OF_WORDS, 'gu')) ?? []).filter((word) => HAS_LETTER.test(word));

const MAX_CHARS = 200;
const MAX_WORDS = 10;
const MAX_PARTS = 20;
const PART = /[^!-/:-@[-`{-~]+/g;

/** As much of a text as can be searched: so many characters, words, and parts of words between punctuation. */
export function searchable(text: string): string {
  const words = [...text]
    .slice(0, MAX_CHARS)
    .join('')
    .split(/[\s\p{Cc}]+/u)
    .filter(Boolean);
  let left = MAX_PARTS;
  const taken: string[] = [];
  for (const word of words.slice(0, MAX_WORDS)) {
    const parts = [...word.matchAll(PART)];
    const last = parts[left - 1];
    if (parts.length > left) {
      if (last) taken.push(word.slice(0, last.index + last[0].length));
      break;
    }
    left -= parts.length;
    taken.push(word);
  }
  return taken.join(' ');
}

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
  for (const { 0: word, index } of text.matchAll(new RegExp(OF_WORDS, 'gu'))) {
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
