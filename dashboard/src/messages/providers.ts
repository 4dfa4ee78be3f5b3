const FAILURES: Partial<Record<string, (provider: string) => string>> = {
  expired: () =>
    'The login took longer than ten minutes, or was started in another tab or at another address. Try again.',
  denied: (provider) => `You cancelled the login with ${provider}.`,
  provider: (provider) => `${provider} reported an error. Try again.`,
  unavailable: (provider) => `${provider} is not answering. Try again later, or log in another way.`,
  unproven: (provider) => `The answer of ${provider} could not be verified. Try again.`,
  not_admitted: (provider) => `Your ${provider} account is not allowed to log in here.`,
  unverified_email: (provider) => `Verify your email address at ${provider} first, then try again.`,
  closed: () => 'Registration is closed, and no account is linked to this login.',
  not_invited: () => 'Registration needs an invitation, and there is none for your email address.',
  invitation: () => 'The invitation is not valid any more. Ask for a new one.',
  another_address: (provider) =>
    `The invitation is for another email address than that of your ${provider} login.`,
  too_many_organisations: () => 'You are in as many organisations as one person can be. Leave one first.',
  account_exists: () =>
    'There is an account with your email address. Log in to it as usual, and link this login on the account page.',
  linked_elsewhere: (provider) => `This ${provider} login is linked to another account.`,
  another_login: (provider) =>
    `That is another ${provider} login than the one that is linked to your account.`,
  no_organisation: () => 'You are not in an organisation any more. Ask for an invitation and open its link.',
  overdue: () => 'Verify your email address first. We have sent you the link again.',
  too_many: () => 'Your account has as many linked logins as it can have. Unlink one first.',
};

export const providerMessages = {
  or: 'or',
  /** For one that is not offered: what an address says is not repeated. */
  unknown: 'the provider',
  continueWith: (provider: string) => `Continue with ${provider}`,
  startFailed: (provider: string) => `Could not continue with ${provider}`,
  failure: (code: string, provider: string) =>
    FAILURES[code]?.(provider) ?? `Logging in with ${provider} failed. Try again.`,
  linkByPassword: (provider: string) =>
    `There is already an account with your email address. Log in with its password once to link your ${provider} login.`,
  linkedLogins: 'Linked logins',
  noLogins: 'No logins are linked yet.',
  link: (provider: string) => `Link ${provider}`,
  linked: (provider: string) => `Your ${provider} login is linked.`,
  confirmed: 'Confirmed. You have five minutes to make your change.',
  since: (date: string) => `since ${date}`,
  unlink: 'Unlink',
  unlinkOf: (provider: string) => `Unlink ${provider}`,
  unlinkHint: (provider: string, email: string | null) =>
    `You will no longer be able to log in with ${email === null ? provider : `${email} at ${provider}`}.`,
  unlinked: 'Login unlinked',
  notOffered: 'no longer offered here',
  confirmFailed: 'Could not confirm',
  confirmWith: (provider: string) => `Confirm with ${provider}`,
  noPassword:
    'Your account has no password. Confirm with a linked login first; that is good for five minutes.',
};
