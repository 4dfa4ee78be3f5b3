import type { z } from '@/lib/zod';

/** How the form of a kind of monitor works. `Settings` are what the API takes. */
export interface KindSchema<Settings> {
  /** From fields of text to the settings. A field is null where the API leaves out a default. */
  schema: z.ZodType<Settings>;
  /** To fields of text. Settings that are missing have their defaults. */
  form(settings: Settings): object;
  /** The names of the fields, for errors of the server. */
  fields: readonly string[];
  /** What is wrong with the address, or null. */
  addressProblem(text: string): string | null;
  /** The address as the form shows it, once it is pasted or left: that of a site becomes what this kind checks. */
  tidy(text: string): string;
  /** The address as the API takes it. */
  address(text: string): string;
}
