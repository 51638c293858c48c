/** The project pool as the API tells it. */
import type { components } from '@/api/schema'

export type ProjectSummary = components['schemas']['ProjectSummaryBody']
export type Project = components['schemas']['ProjectDossierBody']
export type ProjectInput = components['schemas']['ProjectInput']
export type Fund = components['schemas']['FundBody']
export type Milestone = components['schemas']['MilestoneBody']
export type Passage = components['schemas']['PassageBody']
export type Totals = components['schemas']['ProjectTotalsBody']
export type Reconciliation = components['schemas']['ReconciliationBody']
export type KindBalance = components['schemas']['KindBalanceBody']
export type Outcome = components['schemas']['ProjectOutcomeBody']
export type PoolImport = components['schemas']['PoolImportBody']

export const VIEWS = ['list', 'balance', 'money', 'map'] as const
export type View = (typeof VIEWS)[number]

/** The life of a project; what was taken out stands beside it. */
export const LIFE = ['reserve', 'approved', 'under_construction', 'built', 'accepted'] as const
export const STATES = [...LIFE, 'removed'] as const
export type ProjectState = (typeof STATES)[number]

export const SOURCES = [
  'central',
  'provincial',
  'city',
  'county',
  'enterprise',
  'loan',
  'private',
] as const

/** The tone of each state. */
export const STATE_TONES: Record<string, string> = {
  reserve: 'offline',
  approved: 'stale',
  under_construction: 'warning',
  built: 'maintenance',
  accepted: 'normal',
  removed: 'disabled',
}

/** How far along its life a state is; −1 for what was taken out. */
export const placeOf = (state: string): number => LIFE.findIndex((one) => one === state)

/** Whole fen of an amount in 万元, exact; null for what is no amount. */
export function toFen(text: string): bigint | null {
  const match = /^(\d+)(?:\.(\d{1,6}))?$/.exec(text.trim())
  if (!match) return null
  return BigInt(`${match[1] ?? '0'}${(match[2] ?? '').padEnd(6, '0')}`)
}

/** Whole fen as 万元, without zeros that say nothing. */
export function fromFen(fen: bigint): string {
  const digits = (fen < 0n ? -fen : fen).toString().padStart(7, '0')
  const text = `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '')
  return fen < 0n ? `-${text}` : text
}

/** The exact sum of amounts in 万元; texts that are no amount count nothing. */
export const sumOf = (amounts: readonly string[]): string =>
  fromFen(amounts.reduce((sum, text) => sum + (toFen(text) ?? 0n), 0n))

/** 万元 as 亿元: the point moves four places, nothing is rounded. */
export function toHundredMillion(text: string): string {
  const [whole = '0', fraction = ''] = text.split('.')
  const digits = whole.padStart(5, '0')
  return `${digits.slice(0, -4)}.${digits.slice(-4)}${fraction}`.replace(/\.?0+$/, '')
}

/** Money of each year: planned, arrived, paid, summed over the sources that are shown. */
export function byYear(funds: readonly Fund[]): {
  years: number[]
  planned: string[]
  arrived: string[]
  paid: string[]
} {
  const years = [...new Set(funds.map((fund) => fund.year))].sort((one, other) => one - other)
  const of = (key: 'planned' | 'arrived' | 'paid') =>
    years.map((year) => sumOf(funds.filter((fund) => fund.year === year).map((fund) => fund[key])))
  return { years, planned: of('planned'), arrived: of('arrived'), paid: of('paid') }
}

/** The sums of each source, the largest plan first. */
export function bySource(
  funds: readonly Fund[],
): { source: string; planned: string; arrived: string; paid: string }[] {
  return SOURCES.map((source) => {
    const own = funds.filter((fund) => fund.source === source)
    return {
      source,
      planned: sumOf(own.map((fund) => fund.planned)),
      arrived: sumOf(own.map((fund) => fund.arrived)),
      paid: sumOf(own.map((fund) => fund.paid)),
    }
  })
    .filter((row) => row.planned !== '0' || row.arrived !== '0' || row.paid !== '0')
    .sort((one, other) => ((toFen(one.planned) ?? 0n) < (toFen(other.planned) ?? 0n) ? 1 : -1))
}
