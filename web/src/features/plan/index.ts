/** What other features may use of the plan. */
export type { Plan } from './model'
export { usePlan } from './queries'
