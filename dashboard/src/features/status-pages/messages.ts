import type { AccessKind, Impact, ReportStatus, StatusPageLocale, StatusPageTheme } from '@/api/models';
import { formatCount, formatQuantity } from '@/lib/format';
import type { SectionName } from './page-schema';

const DOCS = 'https://github.com/uptime-monitor/uptime-monitor/blob/main/docs/STATUS_PAGES.md';

export const docs = {
  pages: DOCS,
  hosts: `${DOCS}#a-host-name-of-its-own`,
  automatic: `${DOCS}#automatic-reports`,
};

export const SECTION_LABELS: Record<SectionName, string> = {
  components: 'Components',
  appearance: 'Appearance',
  reporting: 'Automatic reports',
  access: 'Access',
  address: 'Address',
};

export const ACCESS_LABELS: Record<AccessKind, string> = {
  public: 'Anybody',
  password: 'Whoever knows a password',
  email_domain: 'Whoever has an email address of a domain',
  addresses: 'Whoever comes from a network',
  members: 'Members of the organisation',
};

export const ACCESS_HINTS: Record<AccessKind, string> = {
  public: 'The page, its feeds and badges are open to the internet.',
  password: 'One password for all visitors. A new one locks out everybody who knew the old one.',
  email_domain: 'Visitors enter their address, and get a link by email that lets them in.',
  addresses: 'Only from the IP networks that you list, such as those of your offices.',
  members: 'Visitors log in to this dashboard first.',
};

/** In a few words, for a list. */
export const ACCESS_SHORT: Record<AccessKind, string> = {
  public: 'Public',
  password: 'Password',
  email_domain: 'Email domain',
  addresses: 'Networks',
  members: 'Members',
};

export const THEME_LABELS: Record<StatusPageTheme, string> = {
  auto: 'As the visitor’s system',
  light: 'Light',
  dark: 'Dark',
};

export const LOCALE_LABELS: Record<StatusPageLocale, string> = { en: 'English', de: 'Deutsch' };

export const IMPACT_LABELS: Record<Impact, string> = {
  operational: 'Operational',
  degraded_performance: 'Degraded performance',
  partial_outage: 'Partial outage',
  major_outage: 'Major outage',
};

export const REPORT_STATUS_LABELS: Record<ReportStatus, string> = {
  investigating: 'Investigating',
  identified: 'Identified',
  monitoring: 'Monitoring',
  resolved: 'Resolved',
};

export const REPORT_STATUS_HINTS: Record<ReportStatus, string> = {
  investigating: 'Something is wrong, and the cause is not known yet.',
  identified: 'The cause is known.',
  monitoring: 'It is fixed, and you are watching it.',
  resolved: 'It is over.',
};

/** What an update says that ends a report, in the language of the page. */
export const RESOLVED_TEXTS: Record<StatusPageLocale, string> = {
  en: 'This incident has been resolved.',
  de: 'Die Störung ist behoben.',
};

export const pageMessages = {
  create: 'Create status page',
  none: 'No status pages yet',
  noneHint:
    'A status page shows your customers whether your services are working, how they have been doing, and what you are doing about a problem. You choose which monitors are on it, and who may see it.',
  title: 'Title',
  titleExample: 'Example Cloud status',
  startWith: 'Start with',
  startWithAll: 'All monitors',
  startWithTag: 'Monitors with a tag',
  startWithNone: 'Nothing, choose them later',
  startHint: (max: number) =>
    `Everything can be changed later. The first ${formatCount(max)} monitors are added at most.`,
  created: (title: string) => `${title} created`,
  components: (count: number) => (count === 0 ? 'No components' : formatQuantity(count, 'component')),
  published: 'Published',
  notPublished: 'Not published',
  publishedLabel: (title: string) => `${title} published`,
  publishFailed: (title: string) => `Could not update ${title}`,
  domainProven: (host: string) => `${host} is proven`,
  domainNotProven: (host: string) => `${host} is not proven yet`,
  copyAddress: (title: string) => `Copy the address of ${title}`,
  openPage: 'Open page',
  noAddress: 'Visitors cannot open status pages yet: this installation has no PAGES_URL.',
  howTo: 'How to set it up',
  page: 'Page',
  reports: 'Reports',
  subscribers: 'Subscribers',
  edit: 'Status page',
  preview: 'Preview',
  sections: 'Sections',
  unsaved: 'Unsaved changes',
  discard: 'Discard changes',
  deletePage: 'Delete status page',
  deleteHint:
    'The page, its reports, feeds and badges are gone at once, and its address becomes free for others. Monitors are kept.',
  typeTitle: (title: string) => `Type “${title}” to confirm`,
  wrongTitle: 'Must be the title of the page',
  whoMaySee: 'Who may see it',
};

export const pageErrors = {
  contact: 'Must start with https:// or mailto:',
  slug: 'Must be 3 to 40 lower-case letters, digits and hyphens',
  colour: 'Must be a colour such as #1f6feb',
  timeZone: 'Must be a time zone',
  tooMany: (max: number) => `At most ${max}`,
  tooManyGroups: (max: number) => `At most ${max} groups`,
  tooManyComponents: (max: number) => `At most ${max} components`,
  noDomains: 'Add at least one domain',
  noNetworks: 'Add at least one network',
};

export const componentMessages = {
  none: 'Nothing is on this page yet',
  noneHint: 'Add the monitors that matter to your visitors. You can give them other names here.',
  addAll: 'Add all monitors',
  addMonitors: 'Add monitors',
  addOne: 'Add component without monitor',
  addExternal: 'Add another status page',
  addGroup: 'Add group',
  list: 'Components and groups',
  inGroup: (group: string) => `Components of ${group}`,
  noHeading: 'Without a heading',
  newGroup: 'New group',
  groupName: 'Heading',
  emptyGroup: 'No components. Move some here, or remove the group.',
  collapsed: 'Collapsed at first',
  edit: (name: string) => `Edit ${name}`,
  remove: (name: string) => `Remove ${name}`,
  removeGroup: (name: string) => `Remove group ${name}`,
  unnamed: 'Unnamed component',
  unnamedGroup: 'group without a heading',
  withoutMonitor: 'Without monitor: its state is what reports say',
  external: (url: string, component: string) =>
    `Shows ${url.replace(/^https:\/\//, '') || 'another status page'}${component && ` · ${component}`}`,
  externalUrl: 'Address of the other status page',
  externalUrlHint: 'A page of Statuspage, incident.io or this product. It is read once a minute.',
  externalComponent: 'Component there',
  externalComponentHint: 'Its name or id. Leave it blank for the page as a whole.',
  monitor: (name: string) => `Monitor: ${name}`,
  deletedMonitor: 'Its monitor was deleted',
  description: 'Description',
  group: 'Group',
  shows: 'Shows',
  history: 'History',
  uptime: 'Uptime',
  responseTime: 'Response time',
  placeInGroup: (position: number, count: number, group: string) => `${position} of ${count} in ${group}`,
  placeOfGroup: (position: number, count: number) => `group ${position} of ${count}`,
};

export const statisticsMessages = {
  title: 'Views and subscribers',
  views: (count: number) => `${formatQuantity(count, 'view')} in 90 days`,
  chart: (count: number, days: number) =>
    `${formatQuantity(count, 'view')} in ${formatQuantity(days, 'day')}`,
  day: (date: string, count: number) => `${date}: ${formatQuantity(count, 'view')}`,
  subscribers: (count: number) => formatQuantity(count, 'subscriber'),
  waiting: 'to confirm',
  unknown: 'How often it was looked at is not known at the moment.',
  hint: 'Days begin at midnight UTC. Views are counted without cookies and addresses; caches on the way hide some.',
};

export const pickerMessages = {
  title: 'Add monitors',
  shown: (selected: number) => (selected === 0 ? 'Add' : `Add ${formatQuantity(selected, 'monitor')}`),
  selectAll: (count: number) => `Select all ${formatCount(count)} shown`,
  onPage: 'On the page',
  room: (count: number) => `There is room for ${formatQuantity(count, 'more component', 'more components')}.`,
  full: 'The page has as many components as it can have.',
  added: (count: number) => `${formatQuantity(count, 'component')} added`,
  addFailed: 'Could not load monitors',
};

export const appearanceMessages = {
  logo: 'Logo',
  logoHint: 'PNG, JPEG or WebP, at most 512 KiB and 4 million pixels.',
  logoSet: 'A logo is set.',
  noLogo: 'No logo',
  chooseLogo: 'Choose image',
  replaceLogo: 'Replace image',
  removeLogo: 'Remove logo',
  newLogo: 'New logo',
  logoType: 'Must be a PNG, JPEG or WebP image',
  logoSize: (kib: number) => `Is ${formatCount(kib)} KiB, must be at most 512 KiB`,
  logoUnreadable: 'Could not be read',
  accent: 'Accent colour',
  pickAccent: 'Pick accent colour',
  accentHint: 'Of links and buttons.',
  theme: 'Theme',
  language: 'Language',
  languageHint: 'Of the page’s own words. Yours stay as you write them.',
  zoneHint: 'Of all times on the page.',
  history: 'History',
  contact: 'Contact',
  contactHint: 'Where visitors can ask for help: https:// or mailto:',
  maintenance: 'Show maintenance windows',
  maintenanceHint: 'Those of the monitors on the page, with their names.',
};

export const reportingMessages = {
  after: 'Report an incident automatically after',
  afterHint: (minutes: string) => {
    if (minutes === '') return 'Left blank, incidents are never reported automatically.';
    const lasting =
      Number(minutes) === 0
        ? 'As soon as an incident begins'
        : `Once an incident has lasted for ${formatQuantity(Number(minutes), 'minute')}`;
    return `${lasting}, a report about it is published on this page, and subscribers are notified.`;
  },
  never: 'Never',
  title: 'What is reported',
  rules: [
    'The report begins as Investigating, with the components of the monitor as Major outage. It becomes Resolved by itself once the incident is over.',
    'Incidents that begin within ten minutes of it are added to the same report.',
    'Once somebody has changed the report or added an update, resolving it is left to people.',
    'Not reported: what is in maintenance, components that an open report already affects, components without a monitor, and anything while the page is not published.',
  ],
  more: 'More about automatic reports',
};

export const accessMessages = {
  password: 'New password',
  passwordSet: 'A password is set. It is never shown.',
  passwordHint: 'At least 8 characters. Who is in already has to enter the new one.',
  domains: 'Email domains',
  domainsHint: 'Such as example.org. Subdomains are domains of their own.',
  networks: 'Networks',
  networksHint: 'Such as 192.0.2.0/24 or 2001:db8::/32. A single address works too.',
  addChip: (label: string) => `Add to ${label}`,
  removeChip: (text: string) => `Remove ${text}`,
  chips: (label: string) => `${label}: entered`,
  chipProblem: (text: string, problem: string) => `${problem}: ${text}`,
  index: 'Let search engines list it',
  indexHint: 'Only a page that anybody may see can be listed.',
};

export const addressMessages = {
  slug: 'Slug',
  slugHint: (url: string) => `The page is at ${url}`,
  slugChange: 'Links to the old address stop working once you save.',
  domain: 'Host name of its own',
  domainExample: 'status.example.org',
  domainHint: 'The page is then at this host name, once it is proven that it is yours.',
  saveFirst: 'Save to get the DNS records for it.',
  steps: 'Three steps in the DNS of your domain and in front of this installation',
  point: (host: string) => `Let ${host} lead to this installation, with a CNAME record to`,
  pointWithout: (host: string) => `Let ${host} lead to this installation, with a CNAME, A or AAAA record.`,
  prove: 'Prove that the domain is yours, with this TXT record',
  recordName: 'Name',
  recordValue: 'Value',
  copyName: 'Copy name',
  copyValue: 'Copy value',
  copyTarget: 'Copy target',
  tls: 'HTTPS needs a certificate for the host name: let Caddy or your ingress get one.',
  tlsLink: 'Certificates for host names',
  checkNow: 'Check now',
  proven: 'Proven',
  provenSince: (time: string) => `last confirmed ${time}. The page is served there.`,
  notProven: 'Not proven yet',
  noProblem: 'The TXT record has not been found. DNS changes can take some hours.',
  checked: 'Checked',
  checkFailed: 'Could not check the host name',
};

export const previewMessages = {
  title: (title: string) => `Preview of ${title}`,
  width: 'Width',
  widths: { desktop: 'Desktop', phone: 'Phone' },
  colours: 'Colours',
  asSet: 'As set',
  failed: (reason: string) => `Not up to date: ${reason}`,
  invalid: (problems: string) => `Not up to date until this is corrected. ${problems}`,
  field: (section: string, problem: string) => `${section}: ${problem}`,
};

export const markdownMessages = {
  write: 'Write',
  preview: 'Preview',
  mode: (label: string) => `${label}: view`,
  empty: 'Nothing to preview',
  hint: 'Markdown, without HTML and images.',
};

export const reportMessages = {
  publish: 'Publish report',
  newReport: 'New report',
  none: 'No reports yet',
  noneHint:
    'A report says on the page what is wrong, who is affected and what you are doing about it, while it lasts and after.',
  open: 'Open',
  past: 'Past',
  noneOpen: 'No open reports',
  nonePast: 'No past reports',
  title: 'Title',
  titleExample: 'Checkout is slow',
  status: 'Status',
  text: 'What visitors read',
  textExample: 'We are looking into slow responses of the checkout.',
  startedAt: 'Started',
  startedHint: (zone: string) => `In your time zone, ${zone}.`,
  startedNowHint: (zone: string) => `Now if you leave it empty. In your time zone, ${zone}.`,
  affected: 'Affected components',
  addAffected: 'Add component',
  removeAffected: (name: string) => `Remove ${name}`,
  impactOn: (name: string) => `Impact on ${name}`,
  noneAffected: 'No component is marked as affected.',
  allOperational: 'All components become operational.',
  deletedComponent: 'Deleted component',
  notify: pageMessages.subscribers,
  notifyYes: 'Subscribers are notified',
  notifyNo: 'Only on the page',
  notifyHint: 'This cannot be made up for later.',
  wasNotified: 'Subscribers notified',
  published: (title: string) => `${title} published`,
  addUpdate: 'Add update',
  resolve: 'Resolve',
  updateAdded: 'Update published',
  resolved: 'Report resolved',
  updates: 'Updates',
  editUpdate: 'Edit update',
  editUpdateHint: 'Nobody is notified of the change.',
  editUpdateOf: (status: string, time: string) => `Edit update ${status}, ${time}`,
  editReport: 'Edit report',
  deleteReport: 'Delete report',
  deleteHint: 'It disappears from the page with all its updates. Subscribers are not notified.',
  postmortem: 'Postmortem',
  noPostmortem: 'What was learnt, once it is over: cause, course, and what you change.',
  writePostmortem: 'Write postmortem',
  editPostmortem: 'Edit postmortem',
  removePostmortemHint: 'Leave it blank to remove it.',
  fromIncident: 'Filled in from the incident. Read it before you publish it.',
  noDraft: 'This page shows no component of the monitor of this incident.',
  existing: 'There is a report about this incident already.',
  openExisting: 'Open it',
  incident: 'Incident',
  started: (time: string) => `Started ${time}`,
  lasted: (time: string) => `Lasted ${time}`,
  byAuthor: (time: string, author: string) => `${time} · ${author}`,
  onPage: 'On the page',
};

export const notificationPreviewMessages = {
  title: 'What subscribers receive',
  show: 'Show what subscribers receive',
  renew: 'Update preview',
  kinds: { email: 'Email', slack: 'Slack', teams: 'Teams', webhook: 'Webhook' },
};

export const reportErrors = {
  notify: 'Choose whether subscribers are notified',
  dateTime: 'Must be a date and time',
};

export const visitMessages = {
  opening: 'Opening the status page…',
  failed: 'The status page cannot be opened',
  otherOrganisation: (organisation: string) =>
    `There is no such status page in ${organisation}. If it is of another organisation, switch to that in the menu at the top and open the link again.`,
};
