/** The states of a point, the worst first. */
export const STATES = [
  'alarm',
  'warning',
  'fault',
  'offline',
  'stale',
  'maintenance',
  'normal',
  'disabled',
] as const

/** The worst state of a group gives its colour: a number for each state, the worst the greatest. */
export const worstOf = (state: string): number =>
  STATES.length - STATES.indexOf(state as (typeof STATES)[number])
