/** What the tab is called: the page, and before it how many things go on that somebody has to see to. */
let page = '';
let ongoing = 0;

function show(): void {
  document.title = ongoing > 0 ? `(${ongoing}) ${page}` : page;
}

export function setPageTitle(title: string): void {
  page = title;
  show();
}

export function setOngoingInTitle(count: number): void {
  ongoing = count;
  // Before the first page there is the title of the document.
  if (page !== '') show();
}
