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
export type SentenceLink = components['schemas']['LinkBody']

export const VIEWS = ['indicators', 'values', 'tasks', 'projects', 'text', 'findings'] as const
export type View = (typeof VIEWS)[number]

export const STATUSES = ['behind', 'at_risk', 'on_track', 'met', 'no_data'] as const

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

/** The states of one indicator counted by status, the worst first. */
export function countStatuses(
  states: readonly IndicatorState[],
): { status: string; count: number }[] {
  return STATUSES.map((status) => ({
    status,
    count: states.filter((state) => state.status === status).length,
  })).filter((one) => one.count > 0)
}
