/** Tells whoever cares that the server does not know this browser any more. */
import type { ApiProblem } from './problem'

const callbacks = new Set<() => void>()

/** Called when a request was refused because nobody is signed in. */
export function onSignedOut(callback: () => void): () => void {
  callbacks.add(callback)
  return () => callbacks.delete(callback)
}

/** Hands a refusal on, and says so when the session has ended. */
export function noticed(problem: ApiProblem): ApiProblem {
  if (problem.code === 'not_signed_in') for (const callback of callbacks) callback()
  return problem
}
