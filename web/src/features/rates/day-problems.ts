/** What is missing of a day: factors with the same trouble in the same hours together. Pure. */
import type { RateHour } from './queries'

interface Factor {
  factor_code: string
  name_zh: string
  name_en: string
}

export interface DayProblem {
  /** The factors that share it. */
  factors: Factor[]
  state: string
  /** Hours of the day, 0 to 23, in order. */
  hours: number[]
}

const PROBLEMS: readonly string[] = ['missing', 'faulty', 'invalid']

export function gatherProblems(
  hours: readonly RateHour[],
  hourOf: (time: string) => number,
): DayProblem[] {
  const found = new Map<string, DayProblem>()
  for (const hour of hours) {
    if (hour.not_due != null) continue
    for (const value of hour.values) {
      if (!PROBLEMS.includes(value.state)) continue
      const key = `${value.factor_code}/${value.state}`
      const problem = found.get(key) ?? { factors: [value], state: value.state, hours: [] }
      problem.hours.push(hourOf(hour.time))
      found.set(key, problem)
    }
  }
  const joined = new Map<string, DayProblem>()
  for (const problem of found.values()) {
    const key = `${problem.state}/${problem.hours.join()}`
    const same = joined.get(key)
    if (same === undefined) joined.set(key, problem)
    else same.factors.push(...problem.factors)
  }
  return [...joined.values()].sort((one, other) => other.hours.length - one.hours.length)
}

/** `3–5、8`: neighbouring hours as spans. */
export function describeHours(hours: readonly number[]): string {
  const spans: [number, number][] = []
  for (const hour of hours) {
    const last = spans.at(-1)
    if (last !== undefined && hour === last[1] + 1) last[1] = hour
    else spans.push([hour, hour])
  }
  return spans.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ')
}
