import { channelHints, channelMessages } from '../messages';
import { baseProblem, type Field } from './described';

/** Where a service's API is, which is rarely elsewhere. */
export const apiUrl = (official: string): Field => ({
  name: 'api_url',
  label: channelMessages.apiUrl,
  type: 'url',
  hint: channelHints.apiUrl,
  initial: official,
  advanced: true,
  problem: baseProblem,
});
