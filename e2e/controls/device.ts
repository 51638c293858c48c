/** A logger over real TCP: it sends what a test tells it to and waits for the acknowledgement. */
import { connect, type Socket } from 'node:net'
import { compactTime, encodeFrame } from './frame.ts'

/** How long an acknowledgement may take. */
const ANSWER_MS = 5_000

export interface Identity {
  mn: string
  password: string
}

export class Device {
  private heard = ''
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
