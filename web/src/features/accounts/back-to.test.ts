/** Nobody is sent elsewhere by a link to the sign-in page. */
import { expect, test } from 'vitest'
import { backTo } from './back-to'

test('goes back to pages of the application only', () => {
  expect(backTo('/alarms?state=open')).toBe('/alarms?state=open')
  expect(backTo('/')).toBe('/')
  for (const elsewhere of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '',
    null,
    undefined,
    ['/a'],
  ])
    expect(backTo(elsewhere)).toBe('/')
})
