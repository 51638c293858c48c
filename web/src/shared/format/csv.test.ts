import { expect, test } from 'vitest'
import { toCsv } from './csv'

test('a cell is quoted where needed and is never a formula', () => {
  expect(
    toCsv([
      ['a,b', 'c"d', 'e\nf'],
      ['-0.10', '=1+1', '@x', '+1'],
    ]),
  ).toBe('\uFEFF"a,b","c""d","e\nf"\r\n-0.10,\'=1+1,\'@x,\'+1\r\n')
})
