/** The HTML of a page with a logo, a `data:` address, in the place of its title as the server has it. */
export function withLogo(html: string, logo: string): string {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const brand = page.querySelector('.brand');
  if (!brand) return html;
  const image = page.createElement('img');
  image.src = logo;
  image.alt = brand.textContent;
  brand.replaceChildren(image);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}
