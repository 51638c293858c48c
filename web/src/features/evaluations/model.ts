/** Tables that are judged, and what stored records would say by other rules. Pure. */
import type { components } from '@/api/schema'
import { toCsv } from '@/shared/format/csv'

type Schemas = components['schemas']
export type EvaluationTable = Schemas['EvaluationTableBody']
export type Evaluation = Schemas['EvaluationBody']
export type EvaluationRow = Schemas['EvaluationRowBody']
export type EvaluationColumn = Schemas['EvaluationColumnBody']
export type Summary = Schemas['EvaluationSummaryBody']
export type Group = Schemas['EvaluationGroupBody']
export type SimulationStep = Schemas['SimulationStepBody']
export type SimulationEnd = Schemas['SimulationEndBody']
export type SimulationRequest = Schemas['SimulationBody']
export type Flip = Schemas['FlipBody']

export const MEDIA = ['air', 'water', 'noise', 'soil', 'emission'] as const
export type Medium = (typeof MEDIA)[number]
export const isMedium = (text: string): text is Medium =>
  (MEDIA as readonly string[]).includes(text)

/** Media of stored points whose verdicts can turn, each with its periods, the usual one first. */
export const STORED_KINDS = {
  air: ['day', 'hour', 'year'],
  surface_water: ['month', 'day', 'year'],
  waste_gas: ['hour'],
  waste_water: ['day'],
} as const
export type StoredMedium = keyof typeof STORED_KINDS
export const STORED_MEDIA = Object.keys(STORED_KINDS) as StoredMedium[]
export const isStoredMedium = (text: string): text is StoredMedium => text in STORED_KINDS

/** Rows of one request: small enough that progress is seen. */
export const ROWS_AT_ONCE = 500

/** Small tables to begin with; one of the cells is wrong on purpose. */
export const EXAMPLES: Record<Medium, string> = {
  air: [
    '站点,时间,SO2,NO2,CO,O3,PM10,PM2.5',
    '模拟站点一,2026-03-01 08:00,8,31,0.6,96,69,43',
    '模拟站点一,2026-03-01 09:00,9,35,0.7,104,125,61',
    '模拟站点二,2026-03-01 08:00,7,28,0.5,99,55,未检出',
  ].join('\n'),
  water: [
    '断面,日期,pH,溶解氧,高锰酸盐指数,氨氮,总磷,水质目标',
    '模拟断面一,2026-03-01,7.4,8.1,2.3,0.21,0.06,Ⅲ',
    '模拟断面二,2026-03-01,7.1,5.6,4.8,1.32,0.24,Ⅲ',
    '模拟断面三,2026-03-01,15,6.2,3.1,0.45,0.11,Ⅲ',
  ].join('\n'),
  noise: [
    '点位,日期,功能区,昼间,夜间',
    '模拟点位一,2026-03-01,2类,58.3,51.2',
    '模拟点位二,2026-03-01,4a类,68.0,55.0',
    '模拟点位三,2026-03-01,,61.5,49.0',
  ].join('\n'),
  soil: [
    '样点,采样日期,用地类型,pH,镉,砷,铅',
    '模拟样点一,2026-03-01,水田,6.2,0.35,18,60',
    '模拟样点二,2026-03-01,其他,5.3,1.8,25,40',
    '模拟样点三,2026-03-01,其他,,0.2,12,30',
  ].join('\n'),
  emission: [
    '排口,日期,执行标准,设施,级别,污染物,浓度,氧含量',
    '模拟排口一,2026-03-01,GB 13271-2014,coal boiler (<=65 t/h steam),new,SO2,180,12',
    '模拟排口二,2026-03-01,GB 13271-2014,coal boiler (<=65 t/h steam),new,SO2,240,12',
    '模拟排口三,2026-03-01,GB 13271-2014,coal boiler (<=65 t/h steam),new,SO2,240,21',
  ].join('\n'),
}

/** Another value of a table of the standards, as an example of the form. */
export const OTHER_VALUES = `[[override]]
table = "aqi-breakpoints"
edition = "HJ 633-2026"
key = "pm2_5.24h"
column = "concentration"
value = ["0", "25", "50", "115", "150", "250", "350", "500"]
author = "试算"
date = "2026-03-01"
reason = "PM2.5 限值收紧试算"
`

/** Other limits of outlets, as an example of the form. */
export const OTHER_LIMITS = `[[limit]]
medium = "waste_gas"
factor = "a21026"
upper = "35"

[[limit]]
medium = "waste_water"
factor = "w01018"
upper = "40"
`

/** The parts of a basis in files. */
const BASIS = ['edition', 'clause', 'method', 'parameters', 'confidence', 'rounding'] as const

/** A judged row with its place in the file and what was given. */
export interface JudgedRow {
  row: number
  cells: readonly string[]
  result: EvaluationRow
}

/** A problem of one cell or row. */
export interface TableProblem {
  row: number
  column: string
  value: string
  reason: string
}

/** All of an evaluation, gathered over its requests. */
export interface Judged {
  given: readonly string[]
  columns: readonly EvaluationColumn[]
  rows: readonly JudgedRow[]
  problems: readonly TableProblem[]
  /** What the rows come to together, where their columns name what they belong to. */
  summary: Summary | null
}

/** What one request adds to what was judged before. */
export function gather(before: Judged, sent: EvaluationTable['rows'], answer: Evaluation): Judged {
  const rows = [...before.rows]
  const problems = [...before.problems]
  for (const [place, result] of answer.rows.entries()) {
    const from = sent[place]
    if (from === undefined) continue
    if (result.problems.length === 0) rows.push({ row: from.row, cells: from.cells, result })
    problems.push(...result.problems.map((problem) => ({ row: from.row, ...problem })))
  }
  return { ...before, columns: answer.columns, rows, problems }
}

/** The summary of a table with the rows counted as the table counts them. */
export function placeSummary(summary: Summary, sent: EvaluationTable['rows']): Summary {
  const left_out = summary.left_out.map((left) => ({
    ...left,
    row: left.row === 0 ? 0 : (sent[left.row - 1]?.row ?? 0),
  }))
  return { ...summary, left_out }
}

/** The groups by what they judge, in the order of the answer. */
export function byKind(groups: readonly Group[]): { kind: string; groups: Group[] }[] {
  const kinds: { kind: string; groups: Group[] }[] = []
  for (const group of groups) {
    const known = kinds.find(({ kind }) => kind === group.kind)
    if (known) known.groups.push(group)
    else kinds.push({ kind: group.kind, groups: [group] })
  }
  return kinds
}

/** Headings by which people tell the rows apart: what no value stands under. */
export function namingColumns(given: readonly string[], rows: readonly JudgedRow[]): number[] {
  const isNumber = (text: string): boolean => /^-?[\d.]+$/.test(text.trim())
  const naming = given
    .map((_, place) => place)
    .filter((place) =>
      rows.some(({ cells }) => (cells[place] ?? '') !== '' && !isNumber(cells[place] ?? '')),
    )
  return naming.slice(0, 2)
}

/** What stands beside the values of each group of a summary's file. */
export interface SummaryWords {
  titleOf: (column: EvaluationColumn) => string
  kindOf: (group: Group) => string
  head: { kind: string; name: string; period: string; rows: string; leftOut: string }
}

/** The summary as a CSV file: the groups, what they come to, the basis, the calculation. */
export function summaryCsv(summary: Summary, { titleOf, kindOf, head }: SummaryWords): string {
  const heading = [
    head.kind,
    head.name,
    head.period,
    head.rows,
    head.leftOut,
    ...summary.columns.map(titleOf),
    ...BASIS,
    'explanation',
  ]
  const rows = summary.groups.map((group) => [
    kindOf(group),
    group.name,
    group.period,
    String(group.rows),
    String(group.left_out),
    ...group.values.map((value) => value ?? ''),
    ...BASIS.map((field) => group.basis[field]),
    group.explanation.join('\n'),
  ])
  return toCsv([heading, ...rows])
}

/** The results as a CSV file: what was given, the verdicts, the basis, the calculation. */
export function resultsCsv(judged: Judged, titleOf: (column: EvaluationColumn) => string): string {
  const isSimulation = judged.rows.some(({ result }) => result.changes.length > 0)
  const head = [
    ...judged.given,
    ...judged.columns.map(titleOf),
    ...BASIS,
    'explanation',
    ...(isSimulation ? ['would_change'] : []),
  ]
  const rows = judged.rows.map(({ cells, result }) => [
    ...cells,
    ...result.values.map((value) => value ?? ''),
    ...BASIS.map((field) => result.basis?.[field] ?? ''),
    result.explanation.join('\n'),
    ...(isSimulation
      ? [
          result.changes
            .map(({ column, from, to }) => `${column}: ${from ?? '-'} → ${to ?? '-'}`)
            .join('; '),
        ]
      : []),
  ])
  return toCsv([head, ...rows])
}
