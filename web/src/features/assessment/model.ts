/** Assessments as the API tells them. */
import type { components } from '@/api/schema'
import type { Operation } from '@/shared/session'

type Schemas = components['schemas']
export type AssessmentRow = Schemas['AssessmentRow']
export type Assessment = Schemas['AssessmentDetail']
export type Content = Schemas['AssessmentContent']
export type Figure = Schemas['AssessedFigure']
export type PublicFigure = Schemas['PublicFigure']
export type GroupScore = Schemas['GroupScoreBody']
export type Score = Schemas['ScoreBody']
export type Part = Schemas['AssessedPart']
export type Work = Schemas['AssessedWork']
export type Rule = Schemas['AssessmentRuleBody']
export type RuleAnswer = Schemas['RuleAnswer']
export type Difference = Schemas['AssessedDifference']
export type PublicAssessment = Schemas['PublicAssessment']
export type PublicList = Schemas['PublicAssessmentsBody']

export const KINDS = ['yearly', 'mid_term', 'final'] as const
export type Kind = (typeof KINDS)[number]

export const STATES = ['draft', 'taken', 'reviewed', 'published'] as const

export const STATUSES = ['met', 'on_track', 'at_risk', 'behind', 'no_data'] as const

export const FILES = ['pdf', 'docx', 'xlsx'] as const

/** What can be done to an assessment next. */
export type Action = 'take' | 'review' | 'return' | 'publish'

/** What each action asks of the server. */
export const OPERATIONS = {
  take: 'POST /assessments/{id}/figures',
  review: 'POST /assessments/{id}/review',
  return: 'POST /assessments/{id}/return',
  publish: 'POST /assessments/{id}/publication',
} as const satisfies Record<Action, Operation>

/** The actions open to an assessment in its state; whoever took the figures does not decide. */
export function actionsOf(
  assessment: Pick<AssessmentRow, 'state' | 'taken'>,
  person: string | null,
): Action[] {
  const isOwn = assessment.taken != null && assessment.taken.by === person
  if (assessment.state === 'draft') return ['take']
  if (assessment.state === 'taken') return isOwn ? ['take', 'return'] : ['review', 'return', 'take']
  if (assessment.state === 'reviewed') return isOwn ? ['return'] : ['publish', 'return']
  return []
}

/** The years that a kind may be made of. */
export function yearsOf(kind: Kind, kinds: RuleAnswer['kinds']): number[] {
  if (kind === 'final') return [kinds.last_year]
  if (kind === 'mid_term') return kinds.mid_term_year == null ? [] : [kinds.mid_term_year]
  const count = kinds.last_year - kinds.first_year + 1
  return Array.from({ length: count }, (_, index) => kinds.first_year + index)
}

interface Placed {
  category: string
  indicator: string
}

/** Figures by the groups of the plan, in its order. */
export function byCategory<T extends Placed>(
  figures: readonly T[],
): { category: string; figures: T[] }[] {
  const groups: { category: string; figures: T[] }[] = []
  for (const figure of figures) {
    const found = groups.find((group) => group.category === figure.category)
    if (found) found.figures.push(figure)
    else groups.push({ category: figure.category, figures: [figure] })
  }
  return groups
}

/** How many figures are in each status; none is left out of the sum. */
export function countStatuses(
  figures: readonly { status: string }[],
): { status: string; count: number }[] {
  return STATUSES.map((status) => ({
    status,
    count: figures.filter((figure) => figure.status === status).length,
  })).filter((one) => one.count > 0)
}

export const WORK_KINDS = ['task', 'project'] as const

type Told = Pick<Work, 'done' | 'due'>

/** Whether all that is due is done, and the tone that says so. */
export function workState(work: Told): { state: 'done' | 'open' | 'untold'; tone: string } {
  if (work.done == null) return { state: 'untold', tone: 'no_data' }
  return work.done === work.due
    ? { state: 'done', tone: 'met' }
    : { state: 'open', tone: 'at_risk' }
}

/** How many there are, and how many are done, not done and not told of. */
export function countOpen(
  works: readonly Told[],
): Record<'count' | 'done' | 'open' | 'untold', number> {
  const of = (state: string): number => works.filter((one) => workState(one).state === state).length
  return { count: works.length, done: of('done'), open: of('open'), untold: of('untold') }
}

/** What is not done, the lowest share first, then what nobody has told of; last what is done, if asked. */
export function openFirst<T extends Told>(works: readonly T[], withDone: boolean): T[] {
  const share = (work: T): number =>
    work.done == null ? 1 : work.done === work.due ? 2 : work.done / work.due
  return works
    .filter((work) => withDone || work.done !== work.due)
    .sort((one, other) => share(one) - share(other))
}

/** The tone of a grade by its place: the best, the next, between, the last. */
export function gradeTone(rule: Pick<Rule, 'grades'>, grade: string | null | undefined): string {
  const place = rule.grades.findIndex((one) => one.id === grade)
  if (place < 0) return 'no_data'
  if (place === rule.grades.length - 1) return 'behind'
  if (place === 0) return 'met'
  return place === 1 ? 'on_track' : 'at_risk'
}

const CLASSES = ['Ⅰ', 'Ⅱ', 'Ⅲ', 'Ⅳ', 'Ⅴ', '劣Ⅴ']

/** A class of water as it is written; other figures stay as they are. */
export function classText(value: string | null | undefined, unit: string): string | null {
  if (unit !== '类' || value == null) return null
  return CLASSES[Number(value) - 1] ?? null
}
