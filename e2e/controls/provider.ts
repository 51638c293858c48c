/** A provider of OpenID Connect in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export class Provider {
  private constructor(
    readonly issuer: string,
    private readonly process: ChildProcess,
  ) {}

  private readonly kill = (): void => {
    this.process.kill('SIGKILL')
  }

  /** For a server at `url` that has this secret. */
  static async start(port: number, url: string, secret: string): Promise<Provider> {
    const script = join(import.meta.dirname, 'provider.mjs')
    const child = spawn(process.execPath, [script, String(port), url, secret], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const provider = new Provider(`http://127.0.0.1:${port}`, child)
    // it does not outlast the tests, however these end
    process.once('exit', provider.kill)
    let said = ''
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`the provider ended:\n${said}`)))
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          said += chunk.toString()
          if (said.includes('listening\n')) resolve()
        })
    })
    return provider
  }

  async stop(): Promise<void> {
    process.off('exit', this.kill)
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = new Promise<void>((resolve) => this.process.once('exit', () => resolve()))
    this.kill()
    await ended
  }
}
