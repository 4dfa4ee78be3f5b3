import type { Path } from 'react-hook-form';
import type { ComponentGroupInput, Monitor, StatusPage, StatusPageInput } from '@/api/models';
import { nameOf } from '@/api/monitors';
import { accessKindValues, localeValues, themeValues } from '@/api/schema';
import { keysOf } from '@/lib/keys-of';
import { isTimeZone } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { pageErrors } from './messages';
import type { ComponentForm, GroupForm } from './order';

export const MAX_COMPONENTS = 200;
export const MAX_GROUPS = 50;
const MIN_PASSWORD = 8;

/** How long an incident may last before it is reported automatically, in minutes. */
const MAX_REPORT_AFTER = 1_440;

/** What the field of the logo holds besides a `data:` address. */
export const LOGO_KEPT = 'kept';
export const LOGO_NONE = 'none';

const text = (max: number) => z.string().trim().max(max, validation.maxCharacters(max));

const component = z.object({
  key: z.string(),
  id: z.number().nullable(),
  name: text(100),
  description: text(300),
  monitor_id: z.number().nullable(),
  monitor_name: z.string().nullable(),
  monitor_state: z.custom<ComponentForm['monitor_state']>(),
  external: z
    .object({
      url: z.string().trim().min(1, validation.required).max(500, validation.maxCharacters(500)),
      component: text(200),
      problem: z.string().nullable(),
    })
    .nullable(),
  show_history: z.boolean(),
  show_uptime: z.boolean(),
  show_latency: z.boolean(),
});

const group = z.object({
  key: z.string(),
  name: text(100),
  is_open: z.boolean(),
  components: z.array(
    // Without a name it is called as its monitor.
    component.refine(({ name, monitor_id: monitor }) => name !== '' || monitor !== null, {
      path: ['name'],
      message: validation.required,
    }),
  ),
});

const isContact = (url: string) => url === '' || /^(https:\/\/|mailto:)\S+$/.test(url);

export const pageSchema = z
  .object({
    title: text(100).min(1, validation.required),
    description: text(2_000),
    contact_url: z.string().trim().refine(isContact, pageErrors.contact),
    slug: z
      .string()
      .trim()
      .regex(/^[a-z0-9-]{3,40}$/, pageErrors.slug),
    custom_domain: z.string().trim().toLowerCase(),
    accent_colour: z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^#[0-9a-f]{6}$/, pageErrors.colour),
    theme: z.enum(themeValues),
    locale: z.enum(localeValues),
    time_zone: z.string().refine(isTimeZone, pageErrors.timeZone),
    history_days: z
      .string()
      .trim()
      .refine(
        (days) => /^\d+$/.test(days) && Number(days) >= 1 && Number(days) <= 90,
        validation.between(1, 90),
      ),
    show_maintenance: z.boolean(),
    /** Minutes; blank for never. */
    report_automatically_after_minutes: z
      .string()
      .trim()
      .refine(
        (minutes) => minutes === '' || (/^\d+$/.test(minutes) && Number(minutes) <= MAX_REPORT_AFTER),
        validation.between(0, MAX_REPORT_AFTER),
      ),
    allow_index: z.boolean(),
    logo: z.string(),
    access: z.object({
      kind: z.enum(accessKindValues),
      password: z.string().max(128, validation.maxCharacters(128)),
      /** Whether one is set already. */
      has_password: z.boolean(),
      email_domains: z.array(z.string()).max(20, pageErrors.tooMany(20)),
      networks: z.array(z.string()).max(100, pageErrors.tooMany(100)),
    }),
    groups: z.array(group).max(MAX_GROUPS, pageErrors.tooManyGroups(MAX_GROUPS)),
  })
  .superRefine(({ access, groups }, context) => {
    const addError = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (access.kind === 'password') {
      const isGiven = access.password !== '';
      if (!isGiven && !access.has_password) addError(['access', 'password'], validation.required);
      if (isGiven && access.password.length < MIN_PASSWORD) {
        addError(['access', 'password'], validation.minCharacters(MIN_PASSWORD));
      }
    }
    if (access.kind === 'email_domain' && access.email_domains.length === 0) {
      addError(['access', 'email_domains'], pageErrors.noDomains);
    }
    if (access.kind === 'addresses' && access.networks.length === 0) {
      addError(['access', 'networks'], pageErrors.noNetworks);
    }
    if (groups.reduce((sum, { components }) => sum + components.length, 0) > MAX_COMPONENTS) {
      addError(['groups'], pageErrors.tooManyComponents(MAX_COMPONENTS));
    }
  });

export type PageForm = z.input<typeof pageSchema>;
export type PageValues = z.output<typeof pageSchema>;

let lastKey = 0;

/** For what has no id yet. */
export const newKey = (): string => `new${++lastKey}`;

export const componentOfMonitor = (
  monitor: Pick<Monitor, 'id' | 'name' | 'url' | 'status'>,
): ComponentForm => ({
  key: newKey(),
  id: null,
  name: nameOf(monitor).slice(0, 100),
  description: '',
  monitor_id: monitor.id,
  monitor_name: nameOf(monitor),
  monitor_state: monitor.status.state,
  external: null,
  show_history: true,
  show_uptime: true,
  show_latency: false,
});

/** One that has the state that reports say. */
export const staticComponent = (): ComponentForm => ({
  key: newKey(),
  id: null,
  name: '',
  description: '',
  monitor_id: null,
  monitor_name: null,
  monitor_state: null,
  external: null,
  show_history: true,
  show_uptime: false,
  show_latency: false,
});

/** One that shows another status page, of which no days are known. */
export const externalComponent = (): ComponentForm => ({
  ...staticComponent(),
  external: { url: '', component: '', problem: null },
  show_history: false,
});

/** The same page always gives the same keys, by which a form is told from what was loaded. */
const groupForm = (group: StatusPage['groups'][number], at: number): GroupForm => ({
  key: `group${at}`,
  name: group.name ?? '',
  is_open: group.is_open,
  components: group.components.map((component) => ({
    ...component,
    key: `component${component.id}`,
    description: component.description ?? '',
    external: component.external && {
      url: component.external.url,
      component: component.external.component ?? '',
      problem: component.external.problem,
    },
  })),
});

export const formOf = (page: StatusPage): PageForm => ({
  title: page.title,
  description: page.description ?? '',
  contact_url: page.contact_url ?? '',
  slug: page.slug,
  custom_domain: page.custom_domain?.host ?? '',
  accent_colour: page.accent_colour,
  theme: page.theme,
  locale: page.locale,
  time_zone: page.time_zone,
  history_days: String(page.history_days),
  show_maintenance: page.show_maintenance,
  report_automatically_after_minutes: String(page.report_automatically_after_minutes ?? ''),
  allow_index: page.allow_index,
  logo: LOGO_KEPT,
  access: { ...page.access, password: '' },
  groups: page.groups.map(groupForm),
});

const groupInput = ({ name, is_open, components }: GroupForm): ComponentGroupInput => ({
  name: name.trim() || null,
  is_open,
  components: components.map((component) => ({
    ...(component.id !== null && { id: component.id }),
    ...(component.name.trim() && { name: component.name.trim() }),
    ...(component.monitor_id !== null && { monitor_id: component.monitor_id }),
    ...(component.external && {
      external: {
        url: component.external.url.trim(),
        component: component.external.component.trim() || null,
      },
    }),
    description: component.description.trim() || null,
    show_history: component.show_history,
    show_uptime: component.show_uptime,
    show_latency: component.show_latency,
  })),
});

/** All that a form says, but for a logo that is kept. Of who may see the page only what belongs to how. */
function inputOf({ access, logo, groups, history_days: days, ...form }: PageForm): StatusPageInput {
  const reportAfter = form.report_automatically_after_minutes.trim();
  const { kind, password, email_domains, networks } = access;
  return {
    ...form,
    description: form.description.trim() || null,
    contact_url: form.contact_url.trim() || null,
    custom_domain: form.custom_domain.trim() || null,
    history_days: Number(days),
    report_automatically_after_minutes: reportAfter === '' ? null : Number(reportAfter),
    ...(logo !== LOGO_KEPT && { logo: logo === LOGO_NONE ? null : logo }),
    access: {
      kind,
      ...(kind === 'password' && password !== '' && { password }),
      ...(kind === 'email_domain' && { email_domains }),
      ...(kind === 'addresses' && { networks }),
    },
    groups: groups.map(groupInput),
  };
}

/** What a form changes of a page. */
export function editOf(page: StatusPage, form: PageForm): StatusPageInput {
  const [before, after] = [inputOf(formOf(page)), inputOf(form)];
  const changed = keysOf(after as Required<StatusPageInput>).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
}

export const SECTIONS = ['components', 'appearance', 'reporting', 'access', 'address'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** The fields of each section, the innermost first: errors of the server go to the first that they name. */
export function fieldsOf(section: SectionName, { groups, access }: PageForm): Path<PageForm>[] {
  const each = (name: 'access.email_domains' | 'access.networks', list: string[]) =>
    list.map((_, index) => `${name}.${index}` as const);
  switch (section) {
    case 'components':
      return [
        ...groups.flatMap((group, at) => [
          ...group.components.flatMap((_, index) =>
            (
              [
                'name',
                'description',
                'external.url',
                'external.component',
                'external',
                'monitor_id',
                'id',
              ] as const
            ).map((name) => `groups.${at}.components.${index}.${name}` as const),
          ),
          `groups.${at}.name` as const,
        ]),
        'groups',
      ];
    case 'appearance':
      return [
        'title',
        'description',
        'logo',
        'accent_colour',
        'theme',
        'locale',
        'time_zone',
        'history_days',
        'contact_url',
        'show_maintenance',
      ];
    case 'reporting':
      return ['report_automatically_after_minutes'];
    case 'access':
      return [
        ...each('access.email_domains', access.email_domains),
        ...each('access.networks', access.networks),
        'access.password',
        'access.email_domains',
        'access.networks',
        'access.kind',
        'allow_index',
      ];
    case 'address':
      return ['slug', 'custom_domain'];
  }
}
