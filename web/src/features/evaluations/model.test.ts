import { describe, expect, test } from 'vitest'
import { inEnglish } from './english-words'
import { gather, namingColumns, resultsCsv, type Evaluation, type Judged } from './model'

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
})
const before: Judged = { given: ['站点', 'PM2.5'], columns: [], rows: [], problems: [] }
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
