/** The session of this browser, as the server tells it. The server decides; this only hides. */
import { computed, shallowRef } from 'vue'
import { getJson, sendJson } from '@/api/request'
import { CITY_WIDE, NEEDS, type Operation } from '@/api/permissions'
import type { components } from '@/api/schema'

export type Session = components['schemas']['SessionBody']
export type Demo = components['schemas']['DemoBody']
/** Stable names as the server has them, such as `sites.manage`. */
export type Permission = `${string}.${string}`

const current = shallowRef<Session | null>(null)
let loading: Promise<Session> | null = null

async function ask(): Promise<Session> {
  const answer = await getJson<{ session: Session }>('/session')
  current.value = answer.session
  return answer.session
}

/** Loads the session once; `isFresh` asks the server again. */
export function loadSession(isFresh = false): Promise<Session> {
  if (current.value !== null && !isFresh) return Promise.resolve(current.value)
  loading ??= ask().finally(() => (loading = null))
  return loading
}

/** Signs in; the session is a cookie that scripts cannot read. */
export async function signIn(name: string, password: string, code: string): Promise<Session> {
  const answer = await sendJson<{ session: Session }>('POST', '/session', {
    name,
    password,
    code: code === '' ? null : code,
  })
  current.value = answer.session
  return answer.session
}

/** Signs out; tells where the bureau's own sign-on has to be left as well, if it has. */
export async function signOut(): Promise<string | null> {
  const there = current.value?.sign_on?.sign_out_url ?? null
  await sendJson('DELETE', '/session')
  forgetSession()
  return there
}

/** After the session has ended: the next page asks the server anew. */
export function forgetSession(): void {
  current.value = null
}

/** Whether the pages may be used: somebody is signed in, or the server has no accounts. */
export const hasSession = (one: Session): boolean => !one.has_accounts || one.account != null

const permissions = computed(() => new Set(current.value?.permissions ?? []))

/** Whether the person may do something; what they may not is not offered. */
export const can = (permission: Permission): boolean => permissions.value.has(permission)

/** Whether somebody acts for the whole city: nobody is held to a county or to named sites. */
const isCityWide = computed(() => {
  const account = current.value?.account
  return account == null || account.scope.kind === 'everything'
})

/**
 * Whether the person may ask the server for an operation. What is behind a control is named where
 * the control stands; what it needs comes from the document that the server goes by.
 */
export const may = (operation: Operation): boolean =>
  NEEDS[operation].every(can) && (isCityWide.value || !CITY_WIDE.includes(operation))

export const session = computed(() => current.value)
