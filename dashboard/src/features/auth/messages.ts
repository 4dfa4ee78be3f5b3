export const authMessages = {
  logIn: 'Log in',
  createAccount: 'Create account',
  toJoin: 'Log in to accept your invitation.',
  sessionEnded: 'Your session has ended. Log in again.',
  reconnecting: 'Reconnecting automatically.',
};
