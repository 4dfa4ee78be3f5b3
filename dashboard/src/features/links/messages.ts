import type { InvitedTo, Role } from '@/api/models';
import { ROLE_LABELS } from '@/messages/roles';

const ARTICLES: Record<Role, string> = {
  viewer: 'a viewer',
  responder: 'a responder',
  editor: 'an editor',
  admin: 'an admin',
  owner: 'an owner',
};

/** Of which monitors, if not of all. */
const of = (onlyTags: readonly string[] | null): string =>
  onlyTags === null ? '' : ` of ${onlyTags.join(', ') || 'no monitors'}`;

export const linkMessages = {
  invitation: 'Invitation',
  invitedTo: ({ organisation }: InvitedTo) => `Join ${organisation}`,
  invited: ({ invited_by: by, organisation, role, only_tags: onlyTags }: InvitedTo) =>
    `${by} invites you to ${organisation} on Uptime Monitor as ${ARTICLES[role]}${of(onlyTags)}.`,
  accept: ({ organisation }: InvitedTo) => `Join ${organisation}`,
  joined: (organisation: string, role: Role, onlyTags: readonly string[] | null) =>
    `You joined ${organisation} as ${ROLE_LABELS[role].toLowerCase()}${of(onlyTags)}`,
  notSwitched: (organisation: string) =>
    `You joined ${organisation}. It could not be opened yet; the link is not needed any more.`,
  goTo: (organisation: string) => `Open ${organisation}`,
  validUntil: (time: string) => `The invitation is valid until ${time}.`,
  wrongAddress: (invited: string, own: string) =>
    `This invitation is for ${invited}, and you are logged in as ${own}. Log out to accept it with the other account.`,
  createAndJoin: 'Create account and join',
  haveAccount: 'Already have an account with this address?',
  logIn: 'Log in',
  toLogIn: 'Go to login',
  broken: 'This link does not work',
  brokenHint: 'It may have expired, been used already, or been replaced by a newer one.',
  askAgain: 'Ask whoever invited you for a new invitation.',
  verifyAgain: 'Log in and request a new verification email on your account page.',
  incomplete: 'Open the link again',
  missing:
    'The secret part of the link is not kept when the page is reloaded. Open the link in the email once more.',
  verifyEmail: 'Verify email',
  verifyHint: 'Confirm that this address is yours. Nothing happens until you press the button.',
  verified: 'Email verified',
  verifiedHint: 'Your address is confirmed. You can close this page.',
  forgotPassword: 'Reset password',
  forgotHint: 'Enter the address of your account to get a link for a new password.',
  sendLink: 'Send link',
  linkSent: 'Check your inbox',
  linkSentHint: (email: string) =>
    `If there is an account for ${email}, an email with a link for a new password is on its way. It can take a minute.`,
  resetPassword: 'New password',
  resetHint: 'All sessions of your account will be logged out.',
  setPassword: 'Set password',
  passwordSet: 'Password changed',
  passwordSetHint: 'All sessions were logged out. Log in with your new password.',
  newLink: 'Request a new link',
  backToLogin: 'Back to login',
  backToAccount: 'Back to your account',
};
