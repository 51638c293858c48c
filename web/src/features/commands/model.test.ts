import { describe, expect, it } from 'vitest'
import { findMistakes, toParameters, type CommandKind } from './model'

const parameter = (name: string, kind: string, is_required = true) => ({
  name,
  kind,
  is_required,
  least: kind === 'integer' ? 30 : null,
  most: kind === 'integer' ? 3600 : null,
  choices: [],
})
const kind = (group: string, ...parameters: ReturnType<typeof parameter>[]): CommandKind => ({
  command: 'x',
  cn: '1',
  group,
  parameters,
  takes_secret: false,
  editions: ['2017'],
})
const history = kind(
  'history',
  parameter('kind', 'choice'),
  parameter('from', 'time'),
  parameter('to', 'time'),
)

describe('what is typed for a command', () => {
  it('must be there and within its range', () => {
    const set = kind('set', parameter('interval_s', 'integer'))
    expect(findMistakes(set, {})['interval_s']?.key).toBe('missing')
    for (const text of ['29', '3601', '1e2', '60.5', '-60'])
      expect(findMistakes(set, { interval_s: text })['interval_s']?.key).toBe('range')
    expect(findMistakes(set, { interval_s: '30' })).toEqual({})
  })

  it('asks for no longer history than one request may bring', () => {
    const span = (to: string) =>
      findMistakes(history, { kind: 'minute', from: '2026-03-01T00:00', to })['to']?.key
    expect(span('2026-03-08T00:00')).toBeUndefined()
    expect(span('2026-03-08T00:01')).toBe('too_long')
    expect(span('2026-02-28T23:59')).toBe('order')
  })

  it('needs both ends of a span, or none', () => {
    const ask = kind('ask', parameter('from', 'time', false), parameter('to', 'time', false))
    expect(findMistakes(ask, {})).toEqual({})
    expect(findMistakes(ask, { from: '2026-03-01T00:00' })['to']?.key).toBe('both')
  })

  it('is sent as numbers and Beijing times', () => {
    const typed = { kind: 'hour', from: '2026-03-01T08:00', to: '2026-03-01T09:00' }
    expect(toParameters(history, typed)).toEqual({
      kind: 'hour',
      from: '2026-03-01T08:00:00+08:00',
      to: '2026-03-01T09:00:00+08:00',
    })
    expect(toParameters(kind('set', parameter('n', 'integer')), { n: ' 60 ' })).toEqual({ n: 60 })
  })
})
