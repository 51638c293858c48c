/** Commands to devices: what can be ordered, and how far one has come. */
import type { components } from '@/api/schema'
import { DAY_MS, inputToRfc3339, parseInstant } from '@/shared/time'

export type Command = components['schemas']['CommandBody']
export type CommandStep = components['schemas']['StepBody']
export type CommandKind = components['schemas']['KindBody']
export type CommandParameter = components['schemas']['ParameterBody']

/** The device that a command is for. */
export interface CommandDevice {
  id: number
  mn: string
  name: string
  edition: string
  isOnline: boolean
}

export const COMMAND_STATES = [
  'queued',
  'sent',
  'accepted',
  'done',
  'failed',
  'timed_out',
  'expired',
  'cancelled',
] as const
export const COMMAND_GROUPS = ['ask', 'history', 'set', 'act', 'secret'] as const
export type CommandGroup = (typeof COMMAND_GROUPS)[number]

export const isEnded = (command: Command): boolean =>
  !['queued', 'sent', 'accepted'].includes(command.state)

/** Asking changes nothing at the device; all else is confirmed first. */
export const needsConfirmation = (kind: CommandKind): boolean =>
  kind.group !== 'ask' && kind.group !== 'history'

/** The longest history that one request may ask for, in days. */
const LONGEST_DAYS: Record<string, number> = { realtime: 1, minute: 7, hour: 92 }
export const longestDays = (kind: string): number => LONGEST_DAYS[kind] ?? 366

export type Typed = Record<string, string>

/** What is wrong with what was typed: a key of a text and its values, by parameter. */
export function findMistakes(
  kind: CommandKind,
  typed: Typed,
): Record<string, { key: string; values?: Record<string, number> }> {
  const mistakes: Record<string, { key: string; values?: Record<string, number> }> = {}
  for (const parameter of kind.parameters) {
    const text = (typed[parameter.name] ?? '').trim()
    if (text === '') {
      if (parameter.is_required) mistakes[parameter.name] = { key: 'missing' }
      continue
    }
    if (parameter.kind === 'integer') {
      const value = /^\d+$/.test(text) ? Number(text) : NaN
      const [least, most] = [parameter.least ?? 0, parameter.most ?? Infinity]
      if (!(value >= least && value <= most))
        mistakes[parameter.name] = { key: 'range', values: { least, most } }
    } else if (parameter.kind === 'time' && inputToRfc3339(text) === undefined)
      mistakes[parameter.name] = { key: 'time' }
  }
  const [from, to] = ['from', 'to'].map((name) => parseInstant(inputToRfc3339(typed[name] ?? '')))
  if (from != null && to != null) {
    const days = longestDays(typed['kind'] ?? '')
    if (to < from) mistakes['to'] = { key: 'order' }
    else if (kind.group === 'history' && to - from > days * DAY_MS)
      mistakes['to'] = { key: 'too_long', values: { n: days } }
  } else if (kind.group !== 'history' && (from == null) !== (to == null))
    mistakes[from == null ? 'from' : 'to'] = { key: 'both' }
  return mistakes
}

/** The parameters as the API takes them. */
export function toParameters(kind: CommandKind, typed: Typed): Record<string, string | number> {
  const parameters: Record<string, string | number> = {}
  for (const parameter of kind.parameters) {
    const text = (typed[parameter.name] ?? '').trim()
    if (text === '') continue
    parameters[parameter.name] =
      parameter.kind === 'integer'
        ? Number(text)
        : parameter.kind === 'time'
          ? (inputToRfc3339(text) ?? text)
          : text
  }
  return parameters
}
