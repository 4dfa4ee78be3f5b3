import type { UseFormReturn } from 'react-hook-form';
import type { PageForm, PageValues } from './page-schema';

export type Form = UseFormReturn<PageForm, unknown, PageValues>;

/** Props of a field for technical text. */
export const TECHNICAL = { autoCapitalize: 'none', autoComplete: 'off', spellCheck: false } as const;
