const inMarkdown = (text: string) => text.replace(/[\\`*_[\]<>]/g, (char) => `\\${char}`);

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const inHtml = (text: string) => text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);

/** What is copied to show a badge elsewhere. */
export function badgesOf(origin: string, key: string, name: string) {
  const path = `/badge/${key}.svg`;
  const endpoint = encodeURIComponent(`${origin}/badge/${key}.shields`);
  return {
    path,
    markdown: `![${inMarkdown(name)}](${origin}${path})`,
    html: `<img src="${origin}${path}" alt="${inHtml(name)}">`,
    shields: `![${inMarkdown(name)}](https://img.shields.io/endpoint?url=${endpoint})`,
    json: `${origin}/badge/${key}.json`,
  };
}
