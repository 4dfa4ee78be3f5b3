import type { Device } from '@/lib/user-agent';

export const accountPageMessages = {
  changeName: 'Change name',
  changeEmail: 'Change email',
  emailChanged: 'Email changed',
  changePassword: 'Change password',
  changed: 'Password changed',
  newAddress: 'New email',
  verified: 'Verified',
  notVerified: 'Not verified',
  verificationSent: (email: string) => `Verification email sent to ${email}`,
  verificationFailed: 'Could not send the verification email',
  pendingChange: (email: string) =>
    `An email was sent to ${email}. Open its link to make this your address. Until then nothing changes.`,
  sessions: 'Sessions',
  thisSession: 'This session',
  endSession: (name: string) => `Log out ${name}`,
  ended: 'Session logged out',
  endFailed: 'Could not log out the session',
  endAll: 'Log out everywhere',
  confirmEndAll: 'Log out everywhere?',
  unknownAddress: 'unknown address',
};

/** "Firefox on Linux". */
export function describeDevice({ browser, system }: Device): string {
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? 'Unknown device';
}
