import { expect, test } from 'vitest'
import type { SimulationStep } from './model'
import { byCounty, byPoint, nothingSimulated, takeStep } from './simulated'

const step = (
  point_id: number,
  county: string,
  counts: Partial<SimulationStep>,
): SimulationStep => ({
  done: 1,
  steps: 3,
  point_id,
  point_zh: '点',
  point_en: 'point',
  county,
  is_simulated: true,
  judged: 31,
  shifted: 2,
  worse: 0,
  better: 0,
  other: 0,
  removed_days: 0,
  flips: [],
  ...counts,
})

test('steps of a simulation come together by county', () => {
  const found = nothingSimulated()
  takeStep(found, step(1, '430421', {}))
  takeStep(found, step(1, '430421', { worse: 1 }))
  takeStep(found, step(2, '430422', { worse: 2, better: 3 }))
  expect([found.judged, found.shifted, found.worse]).toEqual([93, 6, 3])
  expect(byCounty(found)).toEqual([
    { county: '430422', points: 1, turned: 1, worse: 2, better: 3, other: 0 },
    { county: '430421', points: 1, turned: 1, worse: 1, better: 0, other: 0 },
  ])
})

test('a point turns by what all its steps came to, and those with most are drawn last', () => {
  const found = nothingSimulated()
  takeStep(found, step(1, '430421', { worse: 1 }))
  takeStep(found, step(1, '430421', { better: 2 }))
  takeStep(found, step(2, '430422', { worse: 4 }))
  takeStep(found, step(3, '430422', {}))
  takeStep(found, step(4, '430422', { other: 1 }))
  takeStep(found, step(5, '430422', { better: 1 }))
  expect(byPoint(found).map(({ id, turn, turned }) => [id, turn, turned])).toEqual([
    [3, 'same', 0],
    [4, 'other', 1],
    [5, 'better', 1],
    [1, 'mixed', 3],
    [2, 'worse', 4],
  ])
})
