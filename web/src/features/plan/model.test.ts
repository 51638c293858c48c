import { describe, expect, it } from 'vitest'
import {
  countStatuses,
  isSection,
  stepsOf,
  toBlocks,
  type IndicatorState,
  type Sentence,
  countIndicators,
  entriesOf,
  kindOf,
  matrixOf,
  type Account,
  type Mark,
  type Plan,
  type PlanValue,
} from './model'

const sentence = (kind: string, words: string, starts_paragraph = true): Sentence => ({
  at: '四（一）',
  line: 1,
  kind,
  starts_paragraph,
  words,
  links: [],
})

describe('toBlocks', () => {
  it('gathers sentences of a paragraph and rows of a table, and keeps their places', () => {
    const blocks = toBlocks([
      sentence('heading', '四、任务'),
      sentence('prose', '甲。'),
      sentence('prose', '乙。', false),
      sentence('prose', '丙。'),
      sentence('row', 'a | 1'),
      sentence('row', 'b | 2'),
      sentence('prose', '丁。'),
    ])
    expect(blocks.map((block) => [block.kind, block.sentences.map((one) => one.index)])).toEqual([
      ['heading', [0]],
      ['paragraph', [1, 2]],
      ['paragraph', [3]],
      ['table', [4, 5]],
      ['paragraph', [6]],
    ])
  })
})

describe('countStatuses', () => {
  it('puts the worst first and leaves out what does not occur', () => {
    const states = ['met', 'behind', 'met', 'no_data'].map((status) => ({ status }))
    expect(countStatuses(states as IndicatorState[])).toEqual([
      { status: 'behind', count: 1 },
      { status: 'met', count: 2 },
      { status: 'no_data', count: 1 },
    ])
  })
})

describe('the entries of a reduction account', () => {
  const account = { increment: 'more', reduction: 'less', emission: 'whole' } as Account
  const entry = (measure: string, region: string, year: number) =>
    ({ measure, region, year }) as PlanValue
  const all = [
    entry('whole', '430421', 2015),
    entry('whole', '430422', 2015),
    entry('more', '430421', 2016),
    entry('less', '430421', 2017),
    entry('less', '430422', 2017),
  ]

  it('are those of the year, with the bases it begins from', () => {
    const kinds = (region: string, year: string) =>
      entriesOf(all, { region, year, base: 2015 }).map((one) => kindOf(one, account))
    expect(kinds('', '2017')).toEqual(['base', 'base', 'reduction', 'reduction'])
    expect(kinds('430421', '2016')).toEqual(['base', 'increment'])
    expect(kinds('430422', '2016')).toEqual(['base'])
    expect(kinds('430423', '2017')).toEqual([])
  })
})

it('tells a section from a chapter', () => {
  expect(isSection('四（二）')).toBe(true)
  expect(isSection('四')).toBe(false)
})

describe('stepsOf', () => {
  it('lets a value be checked before it is accepted, and never after a decision', () => {
    expect(stepsOf({ state: 'reported' })).toEqual(['check', 'return'])
    expect(stepsOf({ state: 'checked' })).toEqual(['accept', 'return'])
    for (const state of ['accepted', 'returned', 'superseded'])
      expect(stepsOf({ state })).toEqual([])
  })
})

const mark = (indicator: string, region: string, year: number, status: Mark['status']): Mark => ({
  indicator,
  region,
  year,
  status,
  value: status === 'no_data' ? null : '1',
  provisional: status === 'at_risk',
  simulated: false,
})

describe('the cockpit', () => {
  const marks = [
    mark('days', '430481', 2019, 'met'),
    mark('days', '430482', 2019, 'behind'),
    mark('days', '430424', 2019, 'no_data'),
    mark('pm', '430400', 2019, 'at_risk'),
    mark('pm', '430400', 2020, 'no_data'),
  ]
  it('shows of several regions the worst that has data, and how many are good', () => {
    const plan = {
      indicators: [
        { id: 'days', category_zh: '空气', category_en: 'Air' },
        { id: 'pm', category_zh: '空气', category_en: 'Air' },
      ],
    } as Plan
    const [group] = matrixOf(plan, marks, [2019, 2020])
    const [days, pm] = group?.rows ?? []
    expect(days?.cells[0]).toMatchObject({
      status: 'behind',
      total: 3,
      judged: 2,
      good: 1,
      value: null,
    })
    expect(pm?.cells[0]).toMatchObject({ status: 'at_risk', value: '1', isProvisional: true })
    expect(pm?.cells[1]).toMatchObject({ status: 'no_data', judged: 0, isProvisional: false })
  })
  it('counts each indicator once, by the worst of its regions', () => {
    const counts = countIndicators(marks.filter((one) => one.year === 2019))
    expect(counts.find((one) => one.status === 'behind')?.count).toBe(1)
    expect(counts.find((one) => one.status === 'at_risk')).toMatchObject({
      count: 1,
      provisional: 1,
    })
    expect(counts.find((one) => one.status === 'met')?.count).toBe(0)
  })
})
