import { describe, expect, it } from 'vitest'
import { countChanges, problemsCsv, type ImportProblem } from './imports'

const problem: ImportProblem = {
  sheet: 'sites',
  sheet_zh: '站点',
  row: 3,
  column: 'kind',
  column_zh: '站点类型',
  code: 'unknown_word',
  detail_zh: '应为以下之一：a, b',
  detail_en: 'must be one of: "a", b',
  advice_zh: '请改为允许的值',
  advice_en: 'Use one of the values allowed',
}

describe('the problems of a file', () => {
  it('become a file whose cells survive commas and quotes', () => {
    expect(problemsCsv([problem], false, ['表', '行'])).toBe(
      '\uFEFF表,行\r\n站点,3,站点类型,"应为以下之一：a, b",请改为允许的值\r\n',
    )
    expect(problemsCsv([problem], true, ['x'])).toContain('"must be one of: ""a"", b"')
  })
})

describe('a report', () => {
  it('is counted over all sheets', () => {
    const sheet = { sheet: 's', name_zh: '表', rows: 9, unchanged: 2, created: 4, updated: 3 }
    const report = { is_applied: false, problems: [], problem_count: 0, ignored: [] }
    expect(countChanges({ ...report, sheets: [sheet, sheet] })).toEqual({ created: 8, updated: 6 })
  })
})
