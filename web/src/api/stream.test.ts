import { expect, test } from 'vitest'
import { readEvents } from './stream'

test('whole events are read and the rest waits', () => {
  const { events, rest } = readEvents('event: step\ndata: {"a":1}\n\n: alive\n\nevent: end\nda')
  expect(events).toEqual([{ name: 'step', data: '{"a":1}' }])
  expect(rest).toBe('event: end\nda')
  expect(readEvents(`${rest}ta: {}\r\n\r\n`).events).toEqual([{ name: 'end', data: '{}' }])
})
