/** Requests to the API that the generated client does not cover yet. */
import { presenceHeaders } from './presence'
import { ApiProblem, toProblem } from './problem'
import { noticed } from './signed-out'

export type Query = Record<
  string,
  string | number | boolean | readonly (string | number)[] | null | undefined
>

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue
    for (const item of Array.isArray(value) ? value : [value]) search.append(name, String(item))
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

export async function request<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, { ...init, headers: { ...presenceHeaders(), ...init?.headers } })
  } catch (cause) {
    throw ApiProblem.unreachable(cause)
  }
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw noticed(toProblem(body, response))
  return body as T
}

export const getJson = <T>(path: string, query?: Query): Promise<T> =>
  request<T>(withQuery(`/api/v1${path}`, query))

export const sendJson = <T>(method: string, path: string, body?: unknown): Promise<T> =>
  request<T>(`/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
