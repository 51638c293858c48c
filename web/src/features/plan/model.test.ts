import { describe, expect, it } from 'vitest'
import {
  countStatuses,
  isSection,
  stepsOf,
  toBlocks,
  type IndicatorState,
  type Sentence,
} from './model'

const sentence = (kind: string, words: string, starts_paragraph = true): Sentence => ({
  at: '四（一）',
  line: 1,
  kind,
  starts_paragraph,
  words,
  links: [],
})

describe('toBlocks', () => {
  it('gathers sentences of a paragraph and rows of a table, and keeps their places', () => {
    const blocks = toBlocks([
      sentence('heading', '四、任务'),
      sentence('prose', '甲。'),
      sentence('prose', '乙。', false),
      sentence('prose', '丙。'),
      sentence('row', 'a | 1'),
      sentence('row', 'b | 2'),
      sentence('prose', '丁。'),
    ])
    expect(blocks.map((block) => [block.kind, block.sentences.map((one) => one.index)])).toEqual([
      ['heading', [0]],
      ['paragraph', [1, 2]],
      ['paragraph', [3]],
      ['table', [4, 5]],
      ['paragraph', [6]],
    ])
  })
})

describe('countStatuses', () => {
  it('puts the worst first and leaves out what does not occur', () => {
    const states = ['met', 'behind', 'met', 'no_data'].map((status) => ({ status }))
    expect(countStatuses(states as IndicatorState[])).toEqual([
      { status: 'behind', count: 1 },
      { status: 'met', count: 2 },
      { status: 'no_data', count: 1 },
    ])
  })
})

it('tells a section from a chapter', () => {
  expect(isSection('四（二）')).toBe(true)
  expect(isSection('四')).toBe(false)
})

describe('stepsOf', () => {
  it('lets a value be checked before it is accepted, and never after a decision', () => {
    expect(stepsOf({ state: 'reported' })).toEqual(['check', 'return'])
    expect(stepsOf({ state: 'checked' })).toEqual(['accept', 'return'])
    for (const state of ['accepted', 'returned', 'superseded'])
      expect(stepsOf({ state })).toEqual([])
  })
})
