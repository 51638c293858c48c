/** Server-sent events that answer a request with a body, which `EventSource` cannot send. */
import { presenceHeaders } from './presence'
import { ApiProblem, toProblem } from './problem'
import { noticed } from './signed-out'

export interface ServerEvent {
  name: string
  data: string
}

/** The whole events of a text, and the rest that is still on its way. */
export function readEvents(text: string): { events: ServerEvent[]; rest: string } {
  const blocks = text.replace(/\r\n/g, '\n').split('\n\n')
  const rest = blocks.pop() ?? ''
  const events = blocks.flatMap((block) => {
    const lines = block.split('\n')
    const of = (field: string): string[] =>
      lines
        .filter((line) => line.startsWith(`${field}:`))
        .map((line) => line.slice(field.length + 1).replace(/^ /, ''))
    const data = of('data')
    return data.length === 0 ? [] : [{ name: of('event')[0] ?? 'message', data: data.join('\n') }]
  })
  return { events, rest }
}

/** Sends a body and hands on each event as it comes, until the end or until `signal` ends it. */
export async function streamJson(
  path: string,
  body: unknown,
  signal: AbortSignal,
  take: (event: ServerEvent) => void,
): Promise<void> {
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, {
      method: 'POST',
      headers: { ...presenceHeaders(), 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
  } catch (cause) {
    if (signal.aborted) throw cause
    throw ApiProblem.unreachable(cause)
  }
  if (!response.ok || response.body === null)
    throw noticed(toProblem(await response.json().catch(() => null), response))
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    let part: ReadableStreamReadResult<string>
    try {
      part = await reader.read()
    } catch (cause) {
      if (signal.aborted) throw cause
      throw ApiProblem.unreachable(cause)
    }
    if (part.done) return
    const { events, rest } = readEvents(text + part.value)
    text = rest
    for (const event of events) take(event)
  }
}
