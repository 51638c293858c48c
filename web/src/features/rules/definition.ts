/** What of a rule's definition has a field of its own, read and written without touching the rest. Pure. */
import type { RuleDefinition } from './model'

export const SEVERITIES = ['info', 'minor', 'major', 'critical'] as const
export const RECORD_KINDS = ['realtime', 'minute', 'hour', 'day'] as const

type Path = readonly [part: string, name: string]

interface NumberField {
  path: Path
  /** What one of the field is in the definition: a minute is 60 of its seconds. */
  scale: 1 | 60
  least: number
  /** Whether empty means "not at all". */
  isOptional?: boolean
}

/** In the order of an alarm's life. A condition has only some of them. */
const NUMBER_FIELDS: readonly NumberField[] = [
  { path: ['condition', 'after_s'], scale: 60, least: 1 },
  { path: ['condition', 'count'], scale: 1, least: 1 },
  { path: ['condition', 'grace_s'], scale: 60, least: 0 },
  { path: ['condition', 'more_than_s'], scale: 1, least: 1 },
  { path: ['life', 'delay_count'], scale: 1, least: 1 },
  { path: ['life', 'delay_s'], scale: 60, least: 0, isOptional: true },
  { path: ['life', 'recover_count'], scale: 1, least: 1 },
  { path: ['life', 'reopen_within_s'], scale: 60, least: 0 },
]

export interface SeverityStep {
  severity: string
  after_s?: number
  multiple?: string
}

type Part = Record<string, unknown>
const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function readPart(definition: RuleDefinition, [part, name]: Path): unknown {
  const held = definition[part]
  return isPart(held) ? held[name] : undefined
}

/** The definition with one value changed. */
export function writePart(
  definition: RuleDefinition,
  [part, name]: Path,
  value: unknown,
): RuleDefinition {
  const held = definition[part]
  return { ...definition, [part]: { ...(isPart(held) ? held : {}), [name]: value } }
}

/** The fields of numbers that this definition has. */
export const numberFieldsOf = (definition: RuleDefinition): readonly NumberField[] =>
  NUMBER_FIELDS.filter(({ path }) => readPart(definition, path) !== undefined)

/** A number as its field shows it; seconds that are no whole minutes stay exact. */
export function shownNumber(definition: RuleDefinition, { path, scale }: NumberField): string {
  const value = readPart(definition, path)
  return typeof value === 'number' ? String(value / scale) : ''
}

/** The definition with a number as a person wrote it; nothing changes when it is none. */
export function takeNumber(
  definition: RuleDefinition,
  { path, scale, least, isOptional }: NumberField,
  text: string,
): RuleDefinition {
  if (text.trim() === '')
    return isOptional === true ? writePart(definition, path, null) : definition
  const value = Math.round(Number(text) * scale)
  return Number.isFinite(value) && value >= least * scale
    ? writePart(definition, path, value)
    : definition
}

/** A list of words in a definition. */
export function readList(definition: RuleDefinition, path: Path): string[] {
  const value = readPart(definition, path)
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

/** How the severity grows. */
export function stepsOf(definition: RuleDefinition): SeverityStep[] {
  const value = readPart(definition, ['life', 'steps'])
  return Array.isArray(value) ? (value.filter(isPart) as unknown as SeverityStep[]) : []
}
