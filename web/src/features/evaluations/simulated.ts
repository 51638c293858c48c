/** What stored records would say by other rules, gathered from the steps as they come. Pure. */
import type { Flip, SimulationEnd, SimulationStep } from './model'

/** What a simulation came to in one county. */
export interface CountyCount {
  county: string
  points: number
  turned: number
  worse: number
  better: number
  other: number
}

/** A verdict that would turn, with its point. */
export interface ListedFlip extends Flip {
  point_id: number
  point_zh: string
  point_en: string
  county: string
  is_simulated: boolean
}

/** A simulation as far as it has come. */
export interface Simulated {
  done: number
  steps: number
  judged: number
  shifted: number
  removed: number
  worse: number
  better: number
  other: number
  flips: ListedFlip[]
  points: Map<number, { county: string; turned: number; step: SimulationStep }>
  end: SimulationEnd | null
}

export const nothingSimulated = (): Simulated => ({
  done: 0,
  steps: 0,
  judged: 0,
  shifted: 0,
  removed: 0,
  worse: 0,
  better: 0,
  other: 0,
  flips: [],
  points: new Map(),
  end: null,
})

/** Takes in a step; changes what it is given, for there are thousands of them. */
export function takeStep(into: Simulated, step: SimulationStep): void {
  into.done = step.done
  into.steps = step.steps
  into.judged += step.judged
  into.shifted += step.shifted
  into.removed += step.removed_days
  into.worse += step.worse
  into.better += step.better
  into.other += step.other
  const { point_id, point_zh, point_en, county, is_simulated } = step
  for (const flip of step.flips)
    into.flips.push({ ...flip, point_id, point_zh, point_en, county, is_simulated })
  const known = into.points.get(point_id)
  const turned = (known?.turned ?? 0) + step.worse + step.better + step.other
  const { worse, better, other } = known?.step ?? { worse: 0, better: 0, other: 0 }
  into.points.set(point_id, {
    county,
    turned,
    step: {
      ...step,
      flips: [],
      worse: step.worse + worse,
      better: step.better + better,
      other: step.other + other,
    },
  })
}

/** The counties, those with most turning first. */
export function byCounty(simulated: Simulated): CountyCount[] {
  const counties = new Map<string, CountyCount>()
  for (const { county, turned, step } of simulated.points.values()) {
    const count = counties.get(county) ?? {
      county,
      points: 0,
      turned: 0,
      worse: 0,
      better: 0,
      other: 0,
    }
    count.points += 1
    count.turned += turned > 0 ? 1 : 0
    count.worse += step.worse
    count.better += step.better
    count.other += step.other
    counties.set(county, count)
  }
  const all = (count: CountyCount): number => count.worse + count.better + count.other
  return [...counties.values()].sort(
    (one, other) => all(other) - all(one) || one.county.localeCompare(other.county),
  )
}

/** Ways in which a point's verdicts turn, the one to look at first in front. */
export const TURNS = ['worse', 'mixed', 'better', 'other', 'same'] as const
export type Turn = (typeof TURNS)[number]

/** What a simulation came to at one point. */
export interface PointCount {
  id: number
  name_zh: string
  name_en: string
  county: string
  is_simulated: boolean
  turned: number
  worse: number
  better: number
  other: number
  turn: Turn
}

function turnOf({ worse, better, other }: { worse: number; better: number; other: number }): Turn {
  if (worse > 0) return better > 0 ? 'mixed' : 'worse'
  if (better > 0) return 'better'
  return other > 0 ? 'other' : 'same'
}

/** The points, those with most turning last: on a map they are drawn over the others. */
export function byPoint(simulated: Simulated): PointCount[] {
  return [...simulated.points.entries()]
    .map(([id, { county, turned, step }]) => ({
      id,
      name_zh: step.point_zh,
      name_en: step.point_en,
      county,
      is_simulated: step.is_simulated,
      turned,
      worse: step.worse,
      better: step.better,
      other: step.other,
      turn: turnOf(step),
    }))
    .sort((one, other) => one.turned - other.turned || one.id - other.id)
}
