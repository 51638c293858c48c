/** What an entry changed is told down to its leaves. */
import { describe, expect, it } from 'vitest'
import { differencesOf } from './differences'

const differ = (before: unknown, after: unknown) =>
  differencesOf({
    before: before === null ? null : JSON.stringify(before),
    after: after === null ? null : JSON.stringify(after),
  })

describe('differences of an entry', () => {
  it('names the fields that changed and leaves out those that did not', () => {
    expect(
      differ({ name: 'a', place: { x: 1, y: 2 } }, { name: 'a', place: { x: 1, y: 3 } }),
    ).toEqual([{ path: ['place', 'y'], before: ['2'], after: ['3'], isList: false }])
  })

  it('tells of lists what went and what came', () => {
    expect(differ({ roles: ['leader', 'auditor'] }, { roles: ['auditor', 'public'] })).toEqual([
      { path: ['roles'], before: ['leader'], after: ['public'], isList: true },
    ])
  })

  it('tells all of what was made or ended, but nothing that is empty', () => {
    expect(differ(null, { code: 'A', note: '', upper: null })).toEqual([
      { path: ['code'], before: [], after: ['A'], isList: false },
    ])
    expect(differ({ is_on: false }, null)).toEqual([
      { path: ['is_on'], before: ['false'], after: [], isList: false },
    ])
  })

  it('goes into lists of things by their places', () => {
    const [one] = differ({ channels: [{ point: 1 }] }, { channels: [{ point: 2 }] })
    expect(one?.path).toEqual(['channels', '1', 'point'])
  })

  it('shows what is no JSON as it stands', () => {
    expect(differencesOf({ before: null, after: 'so it was' })).toEqual([
      { path: [], before: [], after: ['so it was'], isList: false },
    ])
  })
})
