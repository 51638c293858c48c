/** Why the bureau's own sign-on let nobody in: the words that the server puts behind `#`. */
const REASONS = [
  'account_disabled',
  'expired',
  'no_role',
  'not_believed',
  'not_linked',
  'refused',
  'unavailable',
] as const

export type SignOnReason = (typeof REASONS)[number]

/** Reads what stands behind `#` of the sign-in page; a word that is not known counts as a refusal. */
export function readSignOn(hash: string): { reason: SignOnReason; subject: string } | null {
  const said = new URLSearchParams(hash.replace(/^#/, ''))
  const word = said.get('sign-on')
  if (word === null) return null
  const reason = REASONS.find((known) => known === word) ?? 'refused'
  return { reason, subject: said.get('subject') ?? '' }
}

/** Where the browser goes to sign on, and back to the page that was asked for. */
export const signOnUrl = (to: string): string =>
  `/api/v1/session/sign-on?to=${encodeURIComponent(to)}`
