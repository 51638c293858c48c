/** A superior platform over real TCP: it hears packets and acknowledges them, unless told not to. */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { encodeFrame } from './frame.ts'

export class Superior {
  /** Data segments in the order they came. */
  readonly heard: string[] = []
  /** MN whose packets get no acknowledgement. */
  readonly ignored = new Set<string>()
  private readonly sockets = new Set<Socket>()
  private server: Server | null = null
  private port = 0

  static async start(): Promise<Superior> {
    const superior = new Superior()
    await superior.listen()
    return superior
  }

  get address(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.port }
  }

  /** Segments of an MN. */
  of(mn: string): string[] {
    return this.heard.filter((segment) => segment.includes(`MN=${mn};`))
  }

  /** Listens, at the same port as before after an outage. */
  async listen(): Promise<void> {
    const server = createServer((socket) => this.serve(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.port, '127.0.0.1', resolve)
    })
    this.port = (server.address() as AddressInfo).port
    this.server = server
  }

  /** Goes away, with every connection. */
  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.sockets.clear()
    const server = this.server
    this.server = null
    if (server !== null) await new Promise((resolve) => server.close(resolve))
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket)
    let buffer = ''
    socket.setEncoding('latin1')
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.on('data', (text) => {
      buffer += String(text)
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        this.hear(socket, buffer.slice(0, end))
        buffer = buffer.slice(end + 2)
      }
    })
  }

  private hear(socket: Socket, frame: string): void {
    const segment = frame.slice(6, -4)
    this.heard.push(segment)
    const field = (name: string): string => new RegExp(`${name}=([^;]*)`).exec(segment)?.[1] ?? ''
    const mn = field('MN')
    if (this.ignored.has(mn)) return
    const head = `QN=${field('QN')};ST=91;CN=9014;PW=${field('PW')};MN=${mn};Flag=4`
    socket.write(encodeFrame(`${head};CP=&&&&`))
  }
}
