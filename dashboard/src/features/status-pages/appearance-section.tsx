import { useMemo } from 'react';
import { Controller } from 'react-hook-form';
import type { StatusPage } from '@/api/models';
import { localeValues, themeValues } from '@/api/schema';
import { CheckField, InputField, SelectField } from '@/components/field';
import { timeZones } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { ColourField } from './colour-field';
import { LogoField } from './logo-field';
import { MarkdownField } from './markdown-field';
import {
  componentMessages,
  LOCALE_LABELS,
  appearanceMessages as messages,
  pageMessages,
  THEME_LABELS,
} from './messages';
import { type Form, TECHNICAL } from './use-page-form';

/** How the page looks, and what it says of itself. */
export function AppearanceSection({ form, page }: { form: Form; page: StatusPage }) {
  const { errors } = form.formState;
  const [description, colour, zone] = form.watch(['description', 'accent_colour', 'time_zone']);
  const zones = useMemo(() => timeZones(zone), [zone]);
  return (
    <div className="grid gap-4">
      <div className="card grid grid-cols-1 gap-5 p-5">
        <InputField
          label={pageMessages.title}
          autoComplete="off"
          error={errors.title?.message}
          {...form.register('title')}
        />
        <MarkdownField
          label={componentMessages.description}
          rows={4}
          text={description}
          error={errors.description?.message}
          {...form.register('description')}
        />
        <InputField
          label={messages.contact}
          hint={messages.contactHint}
          inputMode="url"
          placeholder="mailto:help@example.org"
          {...TECHNICAL}
          error={errors.contact_url?.message}
          {...form.register('contact_url')}
        />
      </div>
      <div className="card grid gap-5 p-5 sm:grid-cols-2">
        <div className="sm:col-span-2">
          <Controller
            control={form.control}
            name="logo"
            render={({ field, fieldState }) => (
              <LogoField
                value={field.value}
                hasLogo={page.has_logo}
                error={fieldState.error?.message}
                onChange={field.onChange}
              />
            )}
          />
        </div>
        <ColourField
          colour={colour}
          hint={messages.accentHint}
          error={errors.accent_colour?.message}
          onPick={(picked) =>
            form.setValue('accent_colour', picked, {
              shouldDirty: true,
              shouldValidate: form.formState.isSubmitted,
            })
          }
          {...form.register('accent_colour')}
        />
        <SelectField label={messages.theme} error={errors.theme?.message} {...form.register('theme')}>
          {themeValues.map((theme) => (
            <option key={theme} value={theme}>
              {THEME_LABELS[theme]}
            </option>
          ))}
        </SelectField>
      </div>
      <div className="card grid gap-5 p-5 sm:grid-cols-2">
        <SelectField
          label={messages.language}
          hint={messages.languageHint}
          error={errors.locale?.message}
          {...form.register('locale')}
        >
          {localeValues.map((locale) => (
            <option key={locale} value={locale}>
              {LOCALE_LABELS[locale]}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={common.timeZone}
          hint={messages.zoneHint}
          error={errors.time_zone?.message}
          {...form.register('time_zone')}
        >
          {zones.map((each) => (
            <option key={each} value={each}>
              {each.replaceAll('_', ' ')}
            </option>
          ))}
        </SelectField>
        <InputField
          label={messages.history}
          unit="days"
          inputMode="numeric"
          autoComplete="off"
          error={errors.history_days?.message}
          {...form.register('history_days')}
        />
        <CheckField
          label={messages.maintenance}
          hint={messages.maintenanceHint}
          className="self-center"
          error={errors.show_maintenance?.message}
          {...form.register('show_maintenance')}
        />
      </div>
    </div>
  );
}
