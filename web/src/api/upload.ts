/** Uploads with progress, which `fetch` does not tell. */
import { ApiProblem, toProblem } from './problem'
import { noticed } from './signed-out'

export function uploadFile<T>(
  path: string,
  file: Blob,
  onProgress: (share: number) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest()
    sending.open('POST', `/api/v1${path}`)
    sending.responseType = 'json'
    sending.setRequestHeader('content-type', 'application/octet-stream')
    sending.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total)
    }
    sending.onerror = () => reject(ApiProblem.unreachable(null))
    sending.onload = () => {
      const body: unknown = sending.response
      if (sending.status >= 200 && sending.status < 300) {
        resolve(body as T)
        return
      }
      const requestId = sending.getResponseHeader('x-request-id')
      const headers = new Headers(requestId === null ? {} : { 'x-request-id': requestId })
      reject(noticed(toProblem(body, { status: sending.status, headers } as Response)))
    }
    sending.send(file)
  })
}
