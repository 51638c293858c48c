// A provider of OpenID Connect for the tests: whoever types a name is that person.
// node provider.mjs PORT REDIRECT-URL SECRET
import { Provider } from 'oidc-provider'

const [port, url, secret] = process.argv.slice(2)
const GROUPS = { 'li.hua': ['eco-duty'], 'wang.wu': ['eco-lead'] }

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'qingshan',
      client_secret: secret,
      redirect_uris: [`${url}/api/v1/session/sign-on/callback`],
      post_logout_redirect_uris: [`${url}/sign-in`],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  pkce: { required: () => true },
  cookies: { keys: ['of-the-tests'] },
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: '李华',
      preferred_username: id,
      groups: GROUPS[id] ?? [],
    }),
  }),
})
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'))
