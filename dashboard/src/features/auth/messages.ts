export const authMessages = {
  logIn: 'Log in',
  createAccount: 'Create account',
  toJoin: 'Log in to accept your invitation.',
  reconnecting: 'Reconnecting automatically.',
};
