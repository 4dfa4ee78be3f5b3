import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';

/** Fields that several forms have. The server checks them too, and more. */
export const nameField = z
  .string()
  .trim()
  .min(1, validation.required)
  .max(120, validation.maxCharacters(120));

export const emailField = z.string().trim().min(1, validation.required).pipe(z.email(validation.email));

/** A password that is entered to log in. */
export const passwordField = z.string().min(1, validation.required);

/** Six digits, or a recovery code. */
export const codeField = z.string().trim().min(1, validation.required);

export const newPasswordField = z
  .string()
  .min(1, validation.required)
  .min(10, validation.minCharacters(10))
  .max(128, validation.maxCharacters(128));

const URL_PATTERN = /^https?:\/\/\S+$/;

/** What is wrong with the URL of a web server; a blank one may keep the current one. */
export function urlProblem(url: string, isOptional: boolean): string | null {
  if (url === '') return isOptional ? null : validation.required;
  return URL_PATTERN.test(url) ? null : validation.url;
}

// `abort`: one message per field, and no checks across fields while one of them is invalid.
export const whole = (low: number, high: number) =>
  z
    .string()
    .trim()
    .regex(/^\d+$/, { error: validation.wholeNumber, abort: true })
    .transform(Number)
    .refine((value) => value >= low && value <= high, { error: validation.between(low, high), abort: true });
