/** A logger over real TCP: it sends what a test tells it to and waits for the acknowledgement. */
import { connect, type Socket } from 'node:net'
import { compactTime, encodeFrame } from './frame.ts'

/** How long an acknowledgement may take. */
const ANSWER_MS = 5_000

export interface Identity {
  mn: string
  password: string
}

/** What a device says to a request: whole frames, in order. */
type Answer = (request: Request, device: Device) => string[]

/** A request as the platform sent it. */
export interface Request {
  qn: string
  command: string
  text: string
}

export class Device {
  private heard = ''
  private looked = 0
  private answer: Answer | null = null
  /** Requests that came, in order; 9014 is none. */
  readonly requests: Request[] = []
  private lastQn = 0
  private readonly socket: Socket

  private constructor(
    socket: Socket,
    private readonly identity: Identity,
  ) {
    this.socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text) => {
      this.heard += String(text)
      this.lookForRequests()
    })
  }

  static async connect(port: number, identity: Identity): Promise<Device> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new Device(socket, identity)
  }

  /** Sends real-time values of a moment; answers with the frame when it was acknowledged. */
  async sendRealtime(values: Record<string, string>, at: number, flag = 'N'): Promise<string> {
    const area = Object.entries(values)
      .map(([code, value]) => `${code}-Rtd=${value},${code}-Flag=${flag}`)
      .join(';')
    const qn = this.nextRequest()
    const frame = this.frame(qn, '2011', `DataTime=${compactTime(at, 14)};${area}`)
    this.socket.write(frame)
    await this.hear((heard) => heard.includes('CN=9014') && heard.includes(`QN=${qn};`))
    return frame
  }

  /** Answers every request from now on. */
  answerWith(answer: Answer): void {
    this.answer = answer
  }

  /** 9011: the request is taken (1) or refused. */
  accept(qn: string, result = 1): string {
    return this.reply(qn, '9011', `QnRtn=${result}`)
  }

  /** 9012: how it went. */
  finish(qn: string, result = 1): string {
    return this.reply(qn, '9012', `ExeRtn=${result}`)
  }

  private reply(qn: string, command: string, area: string): string {
    const { mn, password } = this.identity
    return encodeFrame(`QN=${qn};ST=91;CN=${command};PW=${password};MN=${mn};Flag=4;CP=&&${area}&&`)
  }

  private lookForRequests(): void {
    for (;;) {
      const end = this.heard.indexOf('\r\n', this.looked)
      if (end < 0) return
      const text = this.heard.slice(this.looked, end)
      this.looked = end + 2
      const [, qn] = /QN=(\d{17})/.exec(text) ?? []
      const [, command] = /CN=(\d{4})/.exec(text) ?? []
      if (qn === undefined || command === undefined || command === '9014') continue
      const request = { qn, command, text }
      this.requests.push(request)
      for (const frame of this.answer?.(request, this) ?? []) this.socket.write(frame)
    }
  }

  /** Sends bytes as they are and waits for nothing. */
  sendBytes(text: string): void {
    this.socket.write(text)
  }

  /** A whole frame of this device. */
  frame(qn: string, command: string, area: string): string {
    const { mn, password } = this.identity
    return encodeFrame(`QN=${qn};ST=31;CN=${command};PW=${password};MN=${mn};Flag=5;CP=&&${area}&&`)
  }

  nextRequest(): string {
    this.lastQn = Math.max(Date.now(), this.lastQn + 1)
    return compactTime(this.lastQn, 17)
  }

  close(): void {
    this.socket.destroy()
  }

  private hear(isIt: (heard: string) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.socket.off('data', look)
        reject(new Error(`no acknowledgement in ${ANSWER_MS} ms; heard: ${this.heard}`))
      }, ANSWER_MS)
      const look = (): void => {
        if (!isIt(this.heard)) return
        clearTimeout(timer)
        this.socket.off('data', look)
        resolve()
      }
      this.socket.on('data', look)
      look()
    })
  }
}
