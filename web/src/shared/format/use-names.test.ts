import { expect, test } from 'vitest'
import { capitalise, personOf } from './use-names'

test('a name begins with a capital, a symbol stays as it is written', () => {
  expect(capitalise('total nitrogen (TN)')).toBe('Total nitrogen (TN)')
  expect(capitalise('oxygen')).toBe('Oxygen')
  expect(capitalise('pH')).toBe('pH')
  expect(capitalise('n-hexane')).toBe('n-hexane')
  expect(capitalise('模拟火电厂01')).toBe('模拟火电厂01')
})

test('a person is named without the kind of actor before the name', () => {
  expect(personOf('user:li')).toBe('li')
  expect(personOf('operator')).toBe('operator')
  expect(personOf('user:user:li')).toBe('user:li')
})
