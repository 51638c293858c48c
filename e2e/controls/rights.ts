/** Who may ask for what, from the published document: every operation with what it needs always. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const DOCUMENT = resolve(import.meta.dirname, '../../crates/edges/http-api/openapi.json')
const METHODS = ['get', 'post', 'put', 'delete', 'patch']

interface Operation {
  name: string
  method: string
  path: RegExp
  needs: string[]
  isCityWide: boolean
}

function read(): Operation[] {
  const document = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as {
    paths: Record<string, Record<string, { description?: string }>>
  }
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, { description = '' }]) => {
        const always = description.split('*Permissions*:')[1]?.split(';')[0] ?? ''
        return {
          name: `${method.toUpperCase()} ${path.replace('/api/v1', '')}`,
          method: method.toUpperCase(),
          path: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]*')}$`),
          needs: [...always.matchAll(/`([^`]+)`/g)].flatMap(([, need]) => need ?? []),
          isCityWide: always.includes('for the whole city'),
        }
      }),
  )
}

const OPERATIONS = read()

/** The operation that a request is. */
export function operationOf(method: string, url: string): Operation {
  const { pathname } = new URL(url)
  // a path without places comes before one with a place that would take it too
  const found = OPERATIONS.filter((one) => one.method === method && one.path.test(pathname)).sort(
    (one, other) => other.path.source.length - one.path.source.length,
  )[0]
  if (found === undefined) throw new Error(`${method} ${pathname} is no operation of the API`)
  return found
}

/** Somebody who is signed in, as the server tells it. */
export interface Person {
  name: string
  permissions: readonly string[]
  isCityWide: boolean
}

export const mayAsk = (person: Person, operation: Operation): boolean =>
  operation.needs.every((need) => person.permissions.includes(need)) &&
  (person.isCityWide || !operation.isCityWide)
