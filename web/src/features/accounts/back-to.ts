/** Where one goes after signing in. */

/** The page one came from, if it is one of this application; an address elsewhere is not followed. */
export const backTo = (target: unknown): string =>
  typeof target === 'string' && /^\/(?![/\\])/.test(target) ? target : '/'
