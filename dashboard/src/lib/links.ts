export interface TextPart {
  text: string;
  /** Whether it is the address of a site. */
  isLink: boolean;
}

/** Not what ends the sentence that an address is in. */
const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>"'.,:;!?)\]}]/gi;

/** A text in parts, of which some are addresses of sites. */
export function partsOf(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    if (!URL.canParse(address)) continue;
    if (index > end) parts.push({ text: text.slice(end, index), isLink: false });
    parts.push({ text: address, isLink: true });
    end = index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), isLink: false });
  return parts;
}
