/** Server data of accounts. */
import { useQuery } from '@tanstack/vue-query'
import { getJson, sendJson } from '@/api/request'
import type { components } from '@/api/schema'

export type Account = components['schemas']['AccountBody']
export type Role = components['schemas']['RoleBody']
export type AccountScope = components['schemas']['AccountScopeBody']
export type OpenSession = components['schemas']['OpenSessionBody']
export type ApiToken = components['schemas']['ApiTokenBody']
type AccountsBody = components['schemas']['AccountsBody']
type NewAccount = components['schemas']['NewAccountAnswer']

export interface AccountDraft {
  name: string
  display_name: string
  roles: string[]
  scope: AccountScope
  is_enabled: boolean
  /** Of the bureau's own sign-on; both or neither. */
  issuer: string | null
  subject: string | null
}

export const createFirstAdministrator = (
  token: string,
  form: { name: string; display_name: string; password: string },
) =>
  sendJson('POST', '/first-administrator', {
    token,
    name: form.name,
    display_name: form.display_name,
    password: form.password,
  })

export const changePassword = (oldPassword: string, password: string) =>
  sendJson('PUT', '/session/password', { old_password: oldPassword, password })

export const beginSecondFactor = () =>
  sendJson<{ secret: string; url: string }>('POST', '/session/second-factor')

export const confirmSecondFactor = (code: string) =>
  sendJson<{ recovery_codes: string[] }>('PUT', '/session/second-factor', { code })

export const removeSecondFactor = (code: string) =>
  sendJson('POST', '/session/second-factor/removal', { code })

export const useOpenSessions = (query: { account_id?: number; all?: boolean } = {}) =>
  useQuery({
    queryKey: ['sessions', query],
    queryFn: () => getJson<{ sessions: OpenSession[] }>('/sessions', query),
    select: (body) => body.sessions,
  })

export const revokeSession = (id: string) => sendJson('DELETE', `/sessions/${id}`)

export const useApiTokens = () =>
  useQuery({
    queryKey: ['api-tokens'],
    queryFn: () => getJson<{ api_tokens: ApiToken[] }>('/api-tokens'),
    select: (body) => body.api_tokens,
  })

export const createApiToken = (token: {
  name: string
  permissions: string[]
  expires_at: string
}) => sendJson<{ api_token: ApiToken; secret: string }>('POST', '/api-tokens', token)

export const revokeApiToken = (id: string) => sendJson('DELETE', `/api-tokens/${id}`)

export const listAccounts = (filter: { search: string; role: string }, after?: string) =>
  getJson<AccountsBody>('/accounts', { ...filter, after, limit: 100 })

export const loadAccount = async (id: number): Promise<Account> =>
  (await getJson<{ account: Account }>(`/accounts/${id}`)).account

export const createAccount = (draft: AccountDraft) =>
  sendJson<NewAccount>('POST', '/accounts', draft)

export const updateAccount = async (account: Account, draft: AccountDraft): Promise<Account> => {
  const body = { ...draft, revision: account.revision }
  return (await sendJson<{ account: Account }>('PUT', `/accounts/${account.id}`, body)).account
}

export const resetPassword = (id: number) =>
  sendJson<{ first_password: string }>('POST', `/accounts/${id}/password-reset`)

export const resetSecondFactor = (id: number) =>
  sendJson('POST', `/accounts/${id}/second-factor-reset`)

interface RolesBody {
  roles: Role[]
  permissions: string[]
}

export const useRoles = () =>
  useQuery({ queryKey: ['roles'], queryFn: () => getJson<RolesBody>('/roles') })

export const loadRoles = () => getJson<RolesBody>('/roles')

export const saveRole = async (
  name: string,
  role: Omit<Role, 'name' | 'is_shipped' | 'is_for_sites'>,
) =>
  (
    await sendJson<{ role: Role }>('PUT', `/roles/${encodeURIComponent(name)}`, {
      title_zh: role.title_zh,
      title_en: role.title_en,
      permissions: role.permissions,
      revision: role.revision,
    })
  ).role

export const deleteRole = (role: Role) =>
  sendJson('DELETE', `/roles/${encodeURIComponent(role.name)}?revision=${role.revision}`)
