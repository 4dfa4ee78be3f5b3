export const authMessages = {
  logIn: 'Log in',
  createAccount: 'Create account',
  email: 'Email',
  password: 'Password',
  reconnecting: 'Reconnecting automatically.',
};
