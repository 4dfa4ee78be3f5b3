// A provider to sign in with, for tests: OpenID Connect as oidc-provider implements it, and what GitHub has instead. It
// listens on the loopback interface and says where in its first line.
//
//   node provider.mjs oidc|github REDIRECT_URI...
//
// Whoever signs in is ada@example.org, unless the name that is typed says another address, or "unverified:ADDRESS".
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

// What the first line is read from is closed after it.
console.info = console.error;

const [kind, ...redirectUris] = process.argv.slice(2);
const isGitHub = kind === 'github';

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const people = new Map();
function person(login) {
  if (!people.has(login)) {
    const isVerified = !login.startsWith('unverified:');
    const email = login.replace('unverified:', '');
    people.set(login, { number: people.size + 4711, email, isVerified, name: `Person ${people.size + 1}` });
  }
  return people.get(login);
}

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'uptime',
      client_secret: 'a secret of the client',
      redirect_uris: redirectUris,
      token_endpoint_auth_method: isGitHub ? 'client_secret_post' : 'client_secret_basic',
    },
  ],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  scopes: isGitHub ? ['read:user', 'user:email'] : ['openid'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  // Otherwise claims are at the userinfo endpoint only, which is what the other tests have.
  conformIdTokenClaims: true,
  cookies: { keys: ['a key of a test'] },
  routes: isGitHub
    ? { authorization: '/login/oauth/authorize', token: '/login/oauth/access_token' }
    : {},
  async findAccount(_, login) {
    const { email, isVerified, name } = person(login);
    return {
      accountId: login,
      claims: async () => ({ sub: login, email, email_verified: isVerified, name, groups: ['ops'] }),
    };
  },
});
provider.on('server_error', (_, error) => console.error(error));

// GitHub's API, for the access tokens of the provider.
async function api(request, response) {
  const say = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (!request.headers['user-agent']) return say(403, { message: 'Request forbidden by administrative rules.' });
  const token = await provider.AccessToken.find((request.headers.authorization ?? '').replace('Bearer ', ''));
  if (!token) return say(401, { message: 'Bad credentials' });
  const { number, email, isVerified, name } = person(token.accountId);
  if (request.url === '/api/v3/user') return say(200, { id: number, login: `person-${number}`, name });
  if (request.url === '/api/v3/user/emails') {
    return say(200, [
      { email: 'old@example.org', primary: false, verified: true },
      { email, primary: true, verified: isVerified },
    ]);
  }
  return say(404, { message: 'Not Found' });
}

// As GitHub answers a code that is not good: with the status of a success.
if (isGitHub) {
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === '/login/oauth/access_token' && ctx.status >= 400) ctx.status = 200;
  });
}

const callback = provider.callback();
server.on('request', (request, response) =>
  isGitHub && request.url.startsWith('/api/v3/') ? void api(request, response) : callback(request, response),
);
console.log(issuer);
// It ends with the test, however that ends.
process.stdin.on('end', () => process.exit(0)).resume();
