import type { Device } from '@/lib/user-agent';

export const accountPageMessages = {
  changeName: 'Change name',
  changeEmail: 'Change email',
  emailChanged: 'Email changed',
  changePassword: 'Change password',
  changed: 'Password changed',
  noPassword:
    'Your account has no password yet. To set one, request an email as you would for a forgotten password.',
  setPassword: 'Set a password',
  noPasswordSet: 'Not set',
  newAddress: 'New email',
  verified: 'Verified',
  notVerified: 'Not verified',
  verificationSent: (email: string) => `Verification email sent to ${email}`,
  verificationFailed: 'Could not send the verification email',
  pendingChange: (email: string, until: string) =>
    `An email was sent to ${email}. Open its link by ${until} to make this your address. Until then nothing changes.`,
  cancelChange: 'Cancel email change',
  changeCancelled: 'Email change cancelled',
  cancelFailed: 'Could not cancel the email change',
  sessions: 'Sessions',
  thisSession: 'This session',
  endSession: (name: string) => `Log out ${name}`,
  ended: 'Session logged out',
  endFailed: 'Could not log out the session',
  endAll: 'Log out everywhere',
  confirmEndAll: 'Log out everywhere?',
  unknownAddress: 'unknown address',
  activity: 'Activity',
  noActivity: 'Nothing has been recorded yet.',
};

const EVENTS: Record<string, string> = {
  Register: 'Account created',
  Login: 'Logged in',
  LoginSecondFactor: 'Logged in with a code',
  FinishSignIn: 'Logged in with a provider',
  LoginLinked: 'Login linked',
  UnlinkIdentity: 'Login unlinked',
  SignInsFailed: 'Several failed attempts to log in',
  SecondFactorFailed: 'Several wrong second-factor codes',
  RecoveryCodeUsed: 'Recovery code used',
  ConfirmSecondFactor: 'Second factor turned on',
  RegenerateRecoveryCodes: 'New recovery codes created',
  DisableSecondFactor: 'Second factor turned off',
  RemoveSecondFactor: 'Second factor removed by the operator of this installation',
  EditMe: 'Name changed',
  ChangePassword: 'Password changed',
  ResetPassword: 'Password reset by email',
  ChangeEmail: 'Email change requested',
  CancelEmailChange: 'Email change cancelled',
  VerifyEmail: 'Email verified',
  EndSession: 'Session logged out',
  EndAllSessions: 'Logged out everywhere',
  ExportAccount: 'Export requested',
  OpenExport: 'Export opened for download',
  DeleteAccount: 'Account deletion requested',
  CancelAccountDeletion: 'Account deletion cancelled',
};

/** "Name changed: Ada King". What this version does not know is shown by its name. */
export function describeEvent(
  action: string,
  details: Record<string, unknown> | null,
  providers: readonly { id: string; name: string }[] = [],
): string {
  const what = EVENTS[action] ?? action.replace(/(?<=.)(?=\p{Lu})/gu, ' ');
  const provider = providers.find(({ id }) => id === details?.provider)?.name ?? details?.provider;
  const value = details?.name ?? details?.email ?? provider;
  return typeof value === 'string' ? `${what}: ${value}` : what;
}

/** "Firefox on Linux". */
export function describeDevice({ browser, system }: Device): string {
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? 'Unknown device';
}
