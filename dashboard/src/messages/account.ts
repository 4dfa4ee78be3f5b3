/** Texts about the account, the organisations it is in, and their credentials, wherever they are shown. */
export const accountMessages = {
  account: 'Account',
  organisation: 'Organisation',
  organisations: 'Organisations',
  apiKeys: 'API keys',
  auditLog: 'Audit log',
  members: 'Members',
  overview: 'Overview',
  reached: 'How I am reached',
  logOut: 'Log out',
  logOutFailed: 'Could not log out',
  accountOf: (name: string, organisation: string) => `Account of ${name}, ${organisation}`,
  newOrganisation: 'New organisation',
  createOrganisation: 'Create organisation',
  organisationHint:
    'You become its owner. Its monitors, channels and members are separate from those of your other organisations.',
  listFailed: 'Could not load your organisations.',
  switchFailed: (name: string) => `Could not switch to ${name}`,
  switchedTo: (name: string) => `Switched to ${name}`,
  email: 'Email',
  currentPassword: 'Current password',
  newPassword: 'New password',
  passwordHint: 'At least 10 characters, no common passwords.',
  expires: (time: string) => `Expires ${time}`,
};

export const copyMessages = {
  copy: 'Copy',
  copied: 'Copied',
  done: 'Done',
  once: 'Copy it now: it is not shown again.',
  unkept: {
    title: 'Close without copying it?',
    text: 'It is not shown again.',
    action: 'Close',
    cancel: 'Keep open',
  },
};
