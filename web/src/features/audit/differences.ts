/** What an entry of the trail changed, field by field, down to the leaves of what is kept as JSON. */
import type { AuditEntry } from './queries'

/** One field: what it was, what it became; of lists only what went and what came. */
export interface Difference {
  /** Names of the fields that lead to it. */
  path: string[]
  before: string[]
  after: string[]
  isList: boolean
}

type Leaves = Map<string, { path: string[]; values: string[]; isList: boolean }>

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null
const show = (value: unknown): string => (value === null || value === '' ? '' : String(value))

function collect(value: unknown, path: string[], leaves: Leaves): Leaves {
  if (isPlain(value)) {
    for (const [name, inner] of Object.entries(value)) collect(inner, [...path, name], leaves)
  } else if (Array.isArray(value) && !value.every(isScalar)) {
    value.forEach((inner, place) => collect(inner, [...path, String(place + 1)], leaves))
  } else {
    const values = (Array.isArray(value) ? value : [value]).map(show).filter((text) => text !== '')
    leaves.set(path.join('\n'), { path, values, isList: Array.isArray(value) })
  }
  return leaves
}

function read(text: string | null | undefined): Leaves {
  if (!text) return new Map()
  try {
    return collect(JSON.parse(text), [], new Map())
  } catch {
    // what is no JSON is shown as it stands
    return collect(text, [], new Map())
  }
}

/** Every field that an entry changed; all of them when it made or ended the thing. */
export function differencesOf(entry: Pick<AuditEntry, 'before' | 'after'>): Difference[] {
  const [before, after] = [read(entry.before), read(entry.after)]
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [was, is] = [before.get(key), after.get(key)]
    const isList = was?.isList === true || is?.isList === true
    const [old, fresh] = [was?.values ?? [], is?.values ?? []]
    const difference = {
      path: (was ?? is)?.path ?? [],
      before: isList ? old.filter((value) => !fresh.includes(value)) : old,
      after: isList ? fresh.filter((value) => !old.includes(value)) : fresh,
      isList,
    }
    return difference.before.join('\n') === difference.after.join('\n') ? [] : [difference]
  })
}
