export const authMessages = {
  logIn: 'Log in',
  createAccount: 'Create account',
  reconnecting: 'Reconnecting automatically.',
};
