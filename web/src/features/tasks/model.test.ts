import { describe, expect, it } from 'vitest'
import { byUnit, earliest, narrow, placeOf, type TaskState } from './model'

const unit = (name_zh: string) => ({ name_zh, name_en: '' })
const task = (id: string, status: string, units: string[]): TaskState =>
  ({
    id,
    name_zh: `任务${id}`,
    name_en: `task ${id}`,
    heading_zh: '一',
    status,
    units: units.map(unit),
  }) as TaskState
const tasks = [
  task('a', 'overdue', ['市环保局']),
  task('b', 'done', ['市环保局', '财政部门']),
  task('c', 'done', []),
]

describe('narrow', () => {
  const EMPTY = { q: '', status: '', unit: '', heading: '' }
  it('lets through what every filter lets through', () => {
    const of = (filter: Partial<typeof EMPTY>) =>
      narrow(tasks, { ...EMPTY, ...filter }).map((one) => one.id)
    expect(of({})).toEqual(['a', 'b', 'c'])
    expect(of({ status: 'done', unit: '市环保局' })).toEqual(['b'])
    expect(of({ unit: 'none' })).toEqual(['c'])
    expect(of({ q: ' 任务A ' })).toEqual(['a'])
    expect(of({ q: 'Task B' })).toEqual(['b'])
    expect(of({ heading: '二' })).toEqual([])
  })
})

describe('earliest', () => {
  it('puts the earliest deadline first and counts all that stand so', () => {
    const due = (id: string, due_on: string): TaskState =>
      ({ id, status: 'overdue', period: { due_on } }) as TaskState
    const all = [due('c', '2020-12-31'), due('a', '2017-12-31'), due('b', '2018-06-30')]
    const found = earliest([...all, ...tasks.slice(1)], 'overdue', 2)
    expect(found.count).toBe(3)
    expect(found.first.map((one) => one.id)).toEqual(['a', 'b'])
    expect(earliest(all, 'due_soon', 2)).toEqual({ count: 0, first: [] })
  })
})

describe('byUnit', () => {
  it('counts a task of two units for both, the most overdue first', () => {
    expect(byUnit(tasks)).toEqual([
      { unit: unit('市环保局'), total: 2, counts: { overdue: 1, done: 1 } },
      { unit: unit('财政部门'), total: 1, counts: { done: 1 } },
      { unit: null, total: 1, counts: { done: 1 } },
    ])
  })
})

describe('placeOf', () => {
  it('puts days along the years of the plan', () => {
    expect(placeOf('2016-01-01', 2016, 2020)).toBe(0)
    expect(placeOf('2018-07-01', 2016, 2020)).toBe(50)
    expect(placeOf('2026-11-26', 2016, 2020)).toBe(100)
    expect(placeOf('2010-01-01', 2016, 2020)).toBe(0)
  })
})
