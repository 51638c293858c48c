import { describe, expect, test } from 'vitest'
import { inEnglish } from './english-words'
import {
  byKind,
  gather,
  namingColumns,
  placeSummary,
  resultsCsv,
  summaryCsv,
  type Evaluation,
  type Group,
  type Judged,
  type Summary,
} from './model'

const judgedRow = (aqi: string, changes: Evaluation['rows'][number]['changes'] = []) => ({
  values: [aqi, null],
  basis: {
    edition: 'HJ 633-2026',
    clause: '4.2',
    method: 'daily',
    parameters: 'table 3',
    confidence: 'confirmed-primary',
    is_to_be_verified: false,
    rounding: 'up',
  },
  explanation: ['one', 'two'],
  changes,
  problems: [],
})
const answer = (rows: Evaluation['rows']): Evaluation => ({
  medium: 'air',
  columns: [
    { key: 'aqi', name_zh: 'AQI', is_verdict: true },
    { key: 'missing', name_zh: '缺测', is_verdict: false },
  ],
  rows,
  judged: 1,
  refused: 1,
  changed: 0,
  summary: null,
})
const before: Judged = {
  given: ['站点', 'PM2.5'],
  columns: [],
  rows: [],
  problems: [],
  summary: null,
}
const sent = [
  { row: 2, cells: ['a', '35'] },
  { row: 4, cells: ['=b', 'x'] },
]

describe('the answers of several requests', () => {
  const refused = {
    values: [],
    basis: null,
    explanation: [],
    changes: [],
    problems: [{ column: 'PM2.5', value: 'x', reason: '不是数字' }],
  }
  test('are gathered under the rows of the file', () => {
    const all = gather(gather(before, sent, answer([judgedRow('50'), refused])), sent, answer([]))
    expect(all.rows.map(({ row }) => row)).toEqual([2])
    expect(all.problems).toEqual([{ row: 4, column: 'PM2.5', value: 'x', reason: '不是数字' }])
  })
  test('become a file with basis, calculation and what would change', () => {
    const change = [{ column: 'aqi', from: '50', to: '60' }]
    const all = gather(before, sent, answer([judgedRow('50', change), judgedRow('60')]))
    const lines = resultsCsv(all, (column) => column.name_zh).split('\r\n')
    expect(lines[0]).toBe(
      '\uFEFF站点,PM2.5,AQI,缺测,edition,clause,method,parameters,confidence,rounding,explanation,would_change',
    )
    expect(lines[1]).toContain('a,35,50,,HJ 633-2026,4.2')
    expect(lines[1]).toContain('"one\ntwo",aqi: 50 → 60')
    expect(lines[2]?.startsWith("'=b,x,60")).toBe(true)
    expect(namingColumns(all.given, all.rows)).toEqual([0, 1])
  })
})

test('terms have English words, and what has none stays', () => {
  expect(inEnglish('颗粒物(PM10)、细颗粒物(PM2.5)')).toBe('PM10, PM2.5')
  expect(inEnglish('氨氮(0.32)')).toBe('ammonia nitrogen(0.32)')
  expect(inEnglish('某某(0.5)')).toBe('某某(0.5)')
  expect(inEnglish('Ⅳ')).toBe('Ⅳ')
})

const group = (kind: string, name: string): Group => ({
  kind,
  kind_zh: '河流、流域水质',
  kind_en: 'River or basin',
  name,
  period: '2026-03',
  rows: 3,
  left_out: 1,
  values: ['=优', null],
  basis: {
    edition: '环办〔2011〕22号',
    clause: 'rivers',
    method: 'shares',
    parameters: '90 %',
    confidence: 'memory-high',
    is_to_be_verified: true,
    rounding: 'none',
  },
  explanation: ['one', 'two'],
})
const summary: Summary = {
  columns: [
    { key: 'state', name_zh: '水质状况', is_verdict: true },
    { key: 'change', name_zh: '与上一时段相比', is_verdict: true },
  ],
  groups: [group('river', 'a'), group('city_water', 'b'), group('river', 'c')],
  left_out: [
    { row: 2, group: 'a', reason: 'no value' },
    { row: 0, group: 'b', reason: 'not in force' },
  ],
  left_out_rows: 1,
}

describe('a summary', () => {
  test('counts its rows as the table does', () => {
    expect(placeSummary(summary, sent).left_out.map(({ row }) => row)).toEqual([4, 0])
  })

  test('is shown by what is judged', () => {
    const kinds = byKind(summary.groups).map(({ kind, groups }) => [kind, groups.length])
    expect(kinds).toEqual([
      ['river', 2],
      ['city_water', 1],
    ])
  })

  test('is saved with its basis and its calculation, and starts no formula', () => {
    const text = summaryCsv(summary, {
      titleOf: ({ name_zh }) => name_zh,
      kindOf: ({ kind_zh }) => kind_zh,
      head: { kind: '汇总', name: '名称', period: '时段', rows: '依据行数', leftOut: '未参与' },
    })
    expect(text.split('\r\n')[0]).toContain('汇总,名称,时段,依据行数,未参与,水质状况')
    expect(text).toContain("'=优")
    expect(text).toContain('环办〔2011〕22号')
    expect(text).toContain('"one\ntwo"')
  })

  test('is told in English', () => {
    expect(inEnglish('氨氮(40.0%)、总磷(20.0%)')).toBe(
      'ammonia nitrogen(40.0%), total phosphorus(20.0%)',
    )
    expect(inEnglish('一级 好')).toBe('grade 1, good')
  })
})
