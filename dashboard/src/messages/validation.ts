/** What is wrong with a field of a form, shown below it like the server's own messages. */
export const validation = {
  required: 'Required',
  url: 'Must be a valid URL',
  email: 'Must be a valid email address',
  wholeNumber: 'Must be a whole number',
  dateTime: 'Must be a date and time',
  time: 'Must be a time',
  timeZone: 'Must be a time zone',
  endBeforeStart: 'Must be after the start',
  between: (low: number, high: number) => `Must be between ${low} and ${high}`,
  minCharacters: (min: number) => `Must be at least ${min} characters`,
  maxCharacters: (max: number) => `Must be at most ${max} characters`,
  maxBytes: (max: number) => `Must be at most ${max} bytes`,
};
