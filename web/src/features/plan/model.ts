/** The five-year plan as the API tells it. */
import type { components } from '@/api/schema'
import type { Operation } from '@/shared/session'

export type Plan = components['schemas']['PlanDetailBody']
export type Indicator = components['schemas']['IndicatorBody']
export type IndicatorState = components['schemas']['StateBody']
export type Measure = components['schemas']['MeasureBody']
export type PlanValue = components['schemas']['PlanValueBody']
export type NewPlanValue = components['schemas']['NewPlanValue']
export type Task = components['schemas']['TaskBody']
export type Finding = components['schemas']['FindingBody']
export type Sentence = components['schemas']['SentenceBody']
export type Mark = components['schemas']['MarkBody']
export type Cockpit = components['schemas']['CockpitBody']
export type Course = components['schemas']['CourseBody']
export type IndicatorInput = components['schemas']['IndicatorInputBody']
export type ComputedMeasure = components['schemas']['ComputedMeasureBody']
export type PlanMeasure = components['schemas']['PlanMeasureBody']
export type Account = components['schemas']['PlanAccountBody']
export type PollutantAccount = components['schemas']['PollutantAccountBody']
export type SentenceLink = components['schemas']['LinkBody']

export const VIEWS = [
  'overview',
  'indicators',
  'values',
  'accounts',
  'tasks',
  'projects',
  'text',
  'findings',
] as const
export type View = (typeof VIEWS)[number]

export const STATUSES = ['behind', 'at_risk', 'on_track', 'met', 'no_data'] as const
export type Status = (typeof STATUSES)[number]

export const VALUE_STATES = ['reported', 'checked', 'accepted', 'returned', 'superseded'] as const

/** What can be done to a reported value next. */
export type Step = 'check' | 'accept' | 'return'

/** What each step asks of the server. */
export const OPERATIONS = {
  check: 'POST /plan/values/{id}/check',
  accept: 'POST /plan/values/{id}/accept',
  return: 'POST /plan/values/{id}/return',
} as const satisfies Record<Step, Operation>

/** The steps open to a value in its state: checked by a second person, then accepted. */
export function stepsOf(value: Pick<PlanValue, 'state'>): Step[] {
  if (value.state === 'reported') return ['check', 'return']
  if (value.state === 'checked') return ['accept', 'return']
  return []
}

/** What a report is in an account: its base, an increment, or what a project takes away. */
export const kindOf = (
  value: Pick<PlanValue, 'measure'>,
  account: Account,
): 'base' | 'increment' | 'reduction' => {
  if (value.measure === account.increment) return 'increment'
  return value.measure === account.reduction ? 'reduction' : 'base'
}

/** The reports of a year and a region, or of all of them, with the bases that every year begins from. */
export const entriesOf = (
  values: readonly PlanValue[],
  of: { region: string; year: string; base: number },
): PlanValue[] =>
  values.filter(
    (one) =>
      (of.region === '' || one.region === of.region) &&
      (one.year === of.base || String(one.year) === of.year),
  )

/** A sentence with its place in the text, so that it can be linked to. */
export interface PlacedSentence extends Sentence {
  index: number
}

/** A block of the text: a heading, a paragraph of sentences, or a table of rows. */
export interface Block {
  kind: 'heading' | 'paragraph' | 'table'
  sentences: PlacedSentence[]
}

/** Sentences gathered into headings, paragraphs and tables. */
export function toBlocks(sentences: readonly Sentence[]): Block[] {
  const blocks: Block[] = []
  sentences.forEach((sentence, index) => {
    const placed = { ...sentence, index }
    const last = blocks.at(-1)
    if (sentence.kind === 'heading') blocks.push({ kind: 'heading', sentences: [placed] })
    else if (sentence.kind === 'row') {
      if (last?.kind === 'table') last.sentences.push(placed)
      else blocks.push({ kind: 'table', sentences: [placed] })
    } else if (!sentence.starts_paragraph && last?.kind === 'paragraph') last.sentences.push(placed)
    else blocks.push({ kind: 'paragraph', sentences: [placed] })
  })
  return blocks
}

/** `四（二）` is a section of a chapter, `四` a chapter. */
export const isSection = (at: string): boolean => at.includes('（')

/** A year of an indicator, over all of its regions. */
export interface MatrixCell {
  year: number
  /** The worst of the regions that have data. */
  status: Status
  /** Where only one region is judged. */
  value: string | null
  /** Regions, those of them with data, and those that have met the target or are on track. */
  total: number
  judged: number
  good: number
  isProvisional: boolean
  isSimulated: boolean
}

/** The worst of the states that have data. */
export function worstOf(marks: readonly Pick<Mark, 'status'>[]): Status {
  return STATUSES.find((status) => marks.some((mark) => mark.status === status)) ?? 'no_data'
}

function cellOf(year: number, marks: readonly Mark[]): MatrixCell {
  const judged = marks.filter((mark) => mark.status !== 'no_data')
  const good = judged.filter((mark) => mark.status === 'met' || mark.status === 'on_track')
  return {
    year,
    status: worstOf(marks),
    value: marks.length === 1 ? (marks[0]?.value ?? null) : null,
    total: marks.length,
    judged: judged.length,
    good: good.length,
    isProvisional: judged.some((mark) => mark.provisional),
    isSimulated: judged.some((mark) => mark.simulated),
  }
}

/** Indicators by group of the plan's table, each with a cell for every year. */
export function matrixOf(plan: Plan, marks: readonly Mark[], years: readonly number[]) {
  const groups: {
    category: { name_zh: string; name_en: string }
    rows: { indicator: Indicator; cells: MatrixCell[] }[]
  }[] = []
  for (const indicator of plan.indicators) {
    const own = marks.filter((mark) => mark.indicator === indicator.id)
    const cells = years.map((year) =>
      cellOf(
        year,
        own.filter((mark) => mark.year === year),
      ),
    )
    const last = groups.at(-1)
    if (last?.category.name_zh === indicator.category_zh) last.rows.push({ indicator, cells })
    else
      groups.push({
        category: { name_zh: indicator.category_zh, name_en: indicator.category_en },
        rows: [{ indicator, cells }],
      })
  }
  return groups
}

/**
 * Indicators of one year counted by status, all five of them: of several regions the worst counts.
 * Beside it, how many of them rest on provisional figures.
 */
export function countIndicators(
  marks: readonly Mark[],
): { status: Status; count: number; provisional: number }[] {
  const byIndicator = new Map<string, Mark[]>()
  for (const mark of marks)
    byIndicator.set(mark.indicator, [...(byIndicator.get(mark.indicator) ?? []), mark])
  const all = [...byIndicator.values()]
  return STATUSES.map((status) => {
    const own = all.filter((one) => worstOf(one) === status)
    const provisional = own.filter((one) =>
      one.some((mark) => mark.status === status && mark.provisional),
    )
    return { status, count: own.length, provisional: provisional.length }
  })
}

/** The states of one indicator counted by status, the worst first. */
export function countStatuses(
  states: readonly Pick<IndicatorState, 'status'>[],
): { status: string; count: number }[] {
  return STATUSES.map((status) => ({
    status,
    count: states.filter((state) => state.status === status).length,
  })).filter((one) => one.count > 0)
}
