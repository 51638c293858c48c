import { describe, expect, it } from 'vitest'
import {
  actionsOf,
  byCategory,
  classText,
  countOpen,
  countStatuses,
  gradeTone,
  openFirst,
  yearsOf,
} from './model'

const step = (by: string) => ({ by, at: '2021-03-01T09:00:00+08:00' })

describe('actions', () => {
  it('lets who took the figures neither review nor publish', () => {
    expect(actionsOf({ state: 'draft', taken: null }, 'user:a')).toEqual(['take'])
    expect(actionsOf({ state: 'taken', taken: step('user:a') }, 'user:a')).toEqual([
      'take',
      'return',
    ])
    expect(actionsOf({ state: 'taken', taken: step('user:a') }, 'user:b')).toContain('review')
    expect(actionsOf({ state: 'reviewed', taken: step('user:a') }, 'user:a')).toEqual(['return'])
    expect(actionsOf({ state: 'reviewed', taken: step('user:a') }, 'user:b')).toContain('publish')
    expect(actionsOf({ state: 'published', taken: step('user:a') }, 'user:b')).toEqual([])
  })
})

describe('years', () => {
  it('follow the rule', () => {
    const kinds = { first_year: 2016, last_year: 2020, mid_term_year: 2018 }
    expect(yearsOf('yearly', kinds)).toEqual([2016, 2017, 2018, 2019, 2020])
    expect(yearsOf('mid_term', kinds)).toEqual([2018])
    expect(yearsOf('final', kinds)).toEqual([2020])
    expect(yearsOf('mid_term', { ...kinds, mid_term_year: null })).toEqual([])
  })
})

describe('figures', () => {
  it('are grouped in the order of the plan and counted by status', () => {
    const figures = [
      { category: '水', indicator: 'a', status: 'met' },
      { category: '气', indicator: 'b', status: 'no_data' },
      { category: '水', indicator: 'c', status: 'met' },
    ]
    expect(byCategory(figures).map((group) => [group.category, group.figures.length])).toEqual([
      ['水', 2],
      ['气', 1],
    ])
    expect(countStatuses(figures)).toEqual([
      { status: 'met', count: 2 },
      { status: 'no_data', count: 1 },
    ])
  })

  it('are classes of water in Roman numerals', () => {
    expect(classText('3', '类')).toBe('Ⅲ')
    expect(classText('3.8', '类')).toBeNull()
    expect(classText('3', '%')).toBeNull()
  })
})

describe('grades', () => {
  it('have a tone by their place', () => {
    const grade = (id: string) => ({ id, name_zh: id, name_en: id, from: '0' })
    const rule = { grades: ['a', 'b', 'c', 'd'].map(grade) }
    expect(['a', 'b', 'c', 'd', null].map((id) => gradeTone(rule, id))).toEqual([
      'met',
      'on_track',
      'at_risk',
      'behind',
      'no_data',
    ])
  })
})

describe('tasks and projects', () => {
  const work = (id: string, done: number | null, due: number) => ({ id, done, due })
  const works = [work('a', null, 100), work('b', 3, 3), work('c', 170, 300), work('d', 0, 2)]

  it('are listed by the share that is done, what nobody told of and what is done last', () => {
    expect(openFirst(works, false).map((one) => one.id)).toEqual(['d', 'c', 'a'])
    expect(openFirst(works, true).map((one) => one.id)).toEqual(['d', 'c', 'a', 'b'])
  })

  it('are counted by their state', () => {
    expect(countOpen(works)).toEqual({ count: 4, done: 1, open: 2, untold: 1 })
  })
})
