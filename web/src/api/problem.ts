/** Errors of the API: problem+json (RFC 9457) as a typed exception. */

export interface FieldProblem {
  pointer: string
  code: string
  detail: string
  detailZh: string
}

/** Codes the interface has words for; anything else is shown by its detail. */
export const KNOWN_PROBLEMS = [
  'invalid_request',
  'malformed_request',
  'not_found',
  'forbidden',
  'conflict',
  'same_person',
  'stale',
  'duplicate',
  'in_use',
  'no_chinese_font',
  'too_large',
  'unsupported_media',
  'unavailable',
  'not_signed_in',
  'wrong_credentials',
  'second_factor_needed',
  'locked',
  'too_many_requests',
  'invitation_ended',
  'password_change_needed',
  'cross_site',
  'internal_error',
  'unreachable',
] as const

export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: FieldProblem[],
    readonly requestId: string | null,
  ) {
    super(`${code}: ${detail}`)
    this.name = 'ApiProblem'
  }

  /** The server could not be reached at all. */
  static unreachable(cause: unknown): ApiProblem {
    return new ApiProblem(0, 'unreachable', cause instanceof Error ? cause.message : '', [], null)
  }

  static of(error: unknown): ApiProblem {
    return error instanceof ApiProblem ? error : ApiProblem.unreachable(error)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Reads a problem body; tolerates a proxy's HTML page. */
export function toProblem(body: unknown, response: Response): ApiProblem {
  const requestId = response.headers.get('x-request-id')
  const fallback = response.status >= 500 ? 'unavailable' : 'malformed_request'
  if (!isRecord(body)) return new ApiProblem(response.status, fallback, '', [], requestId)
  const errors = Array.isArray(body['errors']) ? body['errors'].filter(isRecord) : []
  return new ApiProblem(
    response.status,
    text(body['code']) || fallback,
    text(body['detail']),
    errors.map((error) => ({
      pointer: text(error['pointer']),
      code: text(error['code']),
      detail: text(error['detail']),
      detailZh: text(error['detail_zh']),
    })),
    requestId,
  )
}
