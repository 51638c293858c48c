// Every colour that text may have is legible on every surface it may stand on, light and dark.
import { describe, expect, it } from 'vitest'
import css from './base.css?raw'

/** WCAG 2.1, 1.4.3: text of ordinary size. */
const LEAST = 4.5
const SURFACES = ['ground', 'surface', 'surface-raised', 'sunken', 'accent-soft']
const TEXTS = ['ink', 'ink-soft', 'ink-faint', 'accent', 'accent-hover']
const TONES = ['normal', 'alarm', 'warning', 'fault', 'maintenance', 'offline', 'stale', 'disabled']

type Colours = Record<string, string>
const coloursOf = (block: string): Colours =>
  Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  )
const [light = '', rest = ''] = css.split(":root[data-theme='dark'] {")
const [dark = ''] = rest.split('}')

/** Relative luminance. */
function luminanceOf(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
  const [red = 0, green = 0, blue = 0] = parts.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrastOf(one: string, other: string): number {
  const [low = 0, high = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

describe.each([
  ['light', coloursOf(light)],
  ['dark', coloursOf(dark)],
])('%s', (_name, colours) => {
  const at = (name: string): string => {
    const value = colours[name]
    if (value === undefined) throw new Error(`no colour --${name}`)
    return value
  }
  it.each([...TEXTS, ...TONES])('--%s is legible on every surface', (text) => {
    const own =
      text in colours && `${text}-soft` in colours && text !== 'ink' ? [`${text}-soft`] : []
    const weak = [...SURFACES, ...own]
      .map((surface) => ({ surface, contrast: contrastOf(at(text), at(surface)) }))
      .filter(({ contrast }) => contrast < LEAST)
    expect(weak).toEqual([])
  })

  it('--on-accent is legible on the accent', () => {
    expect(contrastOf(at('on-accent'), at('accent'))).toBeGreaterThanOrEqual(LEAST)
  })
})
