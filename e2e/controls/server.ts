/** The built binary with a database of its own, and the simulated city that speaks to it. */
import {
  type ChildProcess,
  type SpawnOptions,
  execFileSync,
  spawn,
  spawnSync,
} from 'node:child_process'
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Outlet, writeRegister } from './register.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PROGRAMS = join(
  process.env['CARGO_TARGET_DIR'] ?? join(ROOT, 'target'),
  process.env['QINGSHAN_PROFILE'] ?? 'debug',
)
/** How long the server may take to answer and to stop. */
const PATIENCE_MS = 30_000
/** The city of the tests is always the same. */
const SEED = '1'
/** Outlets that tests speak for, each handed out once. */
const OUTLETS = 24
const QUIET_OUTLETS = 3
/** Loggers of the city that are there whatever the hour, and packets its history has at least. */
const CITY_LOGGERS = 130
const CITY_PACKETS = 9_000
/** Who does what most tests do: a keeper of the register and the alarms who sees the plan too. */
const TESTER = { name: 'tester', password: 'Green-Hills-2016' }
const TESTER_ROLES = ['monitoring_manager', 'plan_manager', 'project_manager']
/** Of every simulated account of a demonstration. */
export const DEMO_PASSWORD = 'Qingshan-Demo-2026'
const COOKIE = 'qingshan_session'

/** What the loggers of the city send first. */
export interface History {
  days: number
  minuteHours: number
  /** Outlets that tests speak for; they are offline until one does. */
  outlets: number
}
const TEST_HISTORY: History = { days: 2, minuteHours: 3, outlets: OUTLETS }

export class Server {
  /** The servers that run now. */
  static readonly running: Server[] = []
  readonly url: string
  private session = ''
  private readonly outlets: Outlet[]
  private city: ChildProcess | null = null
  private program: ChildProcess | null = null

  private constructor(
    private readonly folder: string,
    private readonly httpPort: number,
    readonly gatewayPort: number,
    outlets: Outlet[],
    private readonly settings: Record<string, string>,
  ) {
    this.url = `http://127.0.0.1:${httpPort}`
    this.outlets = outlets
  }

  /** A server whose register is empty, with settings of its own. */
  static async startEmpty(settings: Record<string, string> = {}): Promise<Server> {
    const server = await Server.make([], undefined, settings)
    return server.begin(async () => {
      server.run(['migrate'])
      await server.serve()
      await server.enrol()
    })
  }

  /** A server with the regions, the simulated city and the outlets of the tests. */
  static async startWithCity(history: History = TEST_HISTORY): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'qingshan-e2e-'))
    const outlets = history.outlets > 0 ? writeRegister(join(folder, 'trial'), history.outlets) : []
    const server = await Server.make(outlets, folder)
    return server.begin(async () => {
      server.simulate(['register', join(folder, 'city')])
      server.run(['migrate'])
      for (const source of [
        join(ROOT, 'cities/hengyang/regions.toml'),
        join(folder, 'city'),
        ...(outlets.length > 0 ? [join(folder, 'trial')] : []),
      ])
        server.run(['sites', 'import', source])
      server.importWorks()
      await server.serve()
      await server.enrol()
      server.startCity(history)
    })
  }

  /** A server with the regions and a few outlets of the tests: nothing happens but what a test does. */
  static async startQuiet(settings: Record<string, string> = {}): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'qingshan-e2e-'))
    const outlets = writeRegister(join(folder, 'trial'), QUIET_OUTLETS)
    const server = await Server.make(outlets, folder, settings)
    return server.begin(async () => {
      server.run(['migrate'])
      for (const source of [join(ROOT, 'cities/hengyang/regions.toml'), join(folder, 'trial')])
        server.run(['sites', 'import', source])
      await server.serve()
      await server.enrol()
    })
  }

  /** Starts it by some steps; what fails on the way leaves no program and no folder behind. */
  private async begin(steps: () => Promise<void>): Promise<this> {
    try {
      await steps()
      return this
    } catch (error) {
      await this.discard()
      throw error
    }
  }

  /** A server that knows its own port before it starts: settings may name it. */
  static async startKnown(settingsOf: (url: string) => Record<string, string>): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'qingshan-e2e-'))
    const server = await Server.make([], folder)
    Object.assign(server.settings, settingsOf(server.url))
    return server.begin(async () => {
      server.run(['migrate'])
      await server.serve()
      await server.enrol()
    })
  }

  private static async make(
    outlets: Outlet[],
    folder = mkdtempSync(join(tmpdir(), 'qingshan-e2e-')),
    settings: Record<string, string> = {},
  ): Promise<Server> {
    const [http, gateway] = await freePorts(2)
    return new Server(folder, http ?? 0, gateway ?? 0, outlets, settings)
  }

  /** Stops the server as for a repair; its data stay. */
  async pause(): Promise<void> {
    await end(this.program)
  }

  /** Starts it again where it was. */
  async resume(): Promise<void> {
    await this.serve()
  }

  /** An outlet that no other test speaks for. */
  takeOutlet(): Outlet {
    const outlet = this.outlets.shift()
    if (outlet === undefined) throw new Error('every outlet of the tests is taken: register more')
    return outlet
  }

  /** Reads from the API, as the tester when no other session is named. */
  async get<T>(path: string, session = this.session): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, { headers: this.headers(session) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  /** Sends a change to the API: a file as it is, anything else as JSON. */
  async send<T>(method: string, path: string, body: object, session = this.session): Promise<T> {
    const isFile = Buffer.isBuffer(body)
    const type = isFile ? 'application/octet-stream' : 'application/json'
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': type, ...this.headers(session) },
      body: isFile ? new Uint8Array(body) : JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  /** What a request carries, of the tester when no other session is named. */
  headers(session = this.session): Record<string, string> {
    return { cookie: `${COOKIE}=${session}` }
  }

  /** The tester's session, as a browser keeps it. */
  cookie(): { name: string; value: string; url: string } {
    return { name: COOKIE, value: this.session, url: this.url }
  }

  /** Signs in; the cookie of the new session. */
  async signIn(name: string, password = DEMO_PASSWORD): Promise<string> {
    const response = await fetch(`${this.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password }),
    })
    const value = /qingshan_session=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1]
    if (value === undefined) throw new Error(`${name} cannot sign in: ${await response.text()}`)
    return value
  }

  /** Waits until the history of the city is in and its loggers are connected. */
  async awaitCity(patienceMs = PATIENCE_MS): Promise<void> {
    interface State {
      connections: { devices_online: number }
      interpreter: { packets: number; checkpoint: number; head: number }
      journal: { packets: number }
    }
    await until(
      'the city is in',
      async () => {
        const { system } = await this.get<{ system: State }>('/system')
        return (
          system.connections.devices_online >= CITY_LOGGERS &&
          system.interpreter.packets >= CITY_PACKETS &&
          system.interpreter.checkpoint === system.interpreter.head
        )
      },
      patienceMs,
    )
  }

  /** The identifier of an outlet's point. */
  async pointId(outlet: Outlet): Promise<number> {
    const { devices } = await this.get<{ devices: { channels: { point_id: number }[] }[] }>(
      `/devices?q=${outlet.mn}`,
    )
    const id = devices[0]?.channels[0]?.point_id
    if (id === undefined) throw new Error(`no point of ${outlet.mn}`)
    return id
  }

  /** Ends city and server as an operator would and throws the data away. */
  async stop(): Promise<void> {
    const log = await this.discard()
    const errors = log.replace(/\u001b\[[0-9;]*m/g, '').match(/^.* ERROR .*$/gm)
    if (errors !== null) throw new Error(`the server's log has errors:\n${errors.join('\n')}`)
  }

  /** Ends its programs and removes its folder; what it wrote into its log. */
  private async discard(): Promise<string> {
    const place = Server.running.indexOf(this)
    if (place >= 0) Server.running.splice(place, 1)
    await end(this.city)
    await end(this.program)
    const log = existsSync(this.logFile()) ? readFileSync(this.logFile(), 'utf8') : ''
    rmSync(this.folder, { recursive: true, force: true })
    return log
  }

  private logFile(): string {
    return join(this.folder, 'server.log')
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      QINGSHAN__DATABASE__URL: join(this.folder, 'qingshan.sqlite'),
      QINGSHAN__DATABASE__SEALING_KEY_FILE: join(this.folder, 'qingshan.key'),
      QINGSHAN__HTTP__LISTEN: `127.0.0.1:${this.httpPort}`,
      QINGSHAN__GATEWAY__LISTEN: `127.0.0.1:${this.gatewayPort}`,
      QINGSHAN__DEMO: 'true',
      // the tests sign in more often than people
      QINGSHAN__ACCOUNTS__ATTEMPTS_A_MINUTE: '1000',
      // a device that says nothing is given up within seconds
      QINGSHAN__COMMANDS__OVER_TIME_S: '2',
      QINGSHAN__COMMANDS__RESEND_COUNT: '1',
      // gaps are looked for at once
      QINGSHAN__GAPS__START_DELAY_S: '0',
      ...this.settings,
    }
  }

  private run(words: string[], input = ''): void {
    execFileSync(join(PROGRAMS, 'qingshan'), words, {
      cwd: this.folder,
      env: this.environment(),
      input,
      stdio: ['pipe', 'ignore', 'inherit'],
    })
  }

  /** What a command that needs no database says, and whether it ends well. */
  static ask(words: string[]): { isWell: boolean; output: string } {
    const answer = spawnSync(join(PROGRAMS, 'qingshan'), words, { encoding: 'utf8' })
    return { isWell: answer.status === 0, output: answer.stdout + answer.stderr }
  }

  private simulate(words: string[]): void {
    execFileSync(join(PROGRAMS, 'city-simulator'), [...words, '--seed', SEED], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  /** What the city's people do with its plan: the project pool, yearly figures, reports on tasks. */
  private importWorks(): void {
    const plan = join(ROOT, 'cities/hengyang/plan')
    for (const [made, command, ...from] of [
      ['pool', 'projects'],
      ['values', 'plan', '--pool', join(this.folder, 'pool')],
      ['progress', 'tasks'],
    ] as const) {
      this.simulate([made, '--plan', plan, ...from, join(this.folder, made)])
      this.run([command, 'import', join(this.folder, made)])
    }
  }

  private async serve(): Promise<void> {
    const program = start('qingshan', ['serve'], {
      cwd: this.folder,
      env: this.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const log = createWriteStream(this.logFile(), { flags: 'a' })
    program.stdout?.pipe(log, { end: false })
    program.stderr?.pipe(log, { end: false })
    this.program = program
    if (!Server.running.includes(this)) Server.running.push(this)
    await until('the server answers', () => {
      if (program.exitCode !== null)
        throw new Error(`the server ended:\n${readFileSync(this.logFile(), 'utf8')}`)
      return this.answers()
    })
  }

  /** Makes the tester's account and signs in; it and its session outlast a restart. */
  private async enrol(): Promise<void> {
    const words = ['accounts', 'create', TESTER.name, '--password-stdin']
    this.run([...words, ...TESTER_ROLES.flatMap((role) => ['--role', role])], TESTER.password)
    this.session = await this.signIn(TESTER.name, TESTER.password)
  }

  /** Makes an account of one role, held to sites if any are named, and signs in; its session. */
  async enrolPerson(name: string, role: string, sites: readonly number[] = []): Promise<string> {
    const words = ['accounts', 'create', name, '--password-stdin', '--role', role]
    this.run([...words, ...sites.flatMap((site) => ['--site', String(site)])], TESTER.password)
    return this.signIn(name, TESTER.password)
  }

  private async answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok
    } catch {
      return false
    }
  }

  private startCity({ days, minuteHours }: History): void {
    const words = ['run', '--server', `127.0.0.1:${this.gatewayPort}`, '--seed', SEED]
    words.push('--backfill-days', String(days), '--backfill-minute-hours', String(minuteHours))
    this.city = start('city-simulator', words, { stdio: 'ignore' })
  }
}

/** Programs that run; none outlasts the tests, however these end. */
const programs = new Set<ChildProcess>()
process.once('exit', () => {
  for (const program of programs) program.kill('SIGKILL')
})

function start(name: string, words: string[], options: SpawnOptions): ChildProcess {
  const program = spawn(join(PROGRAMS, name), words, options)
  programs.add(program)
  program.once('exit', () => programs.delete(program))
  return program
}

/** Waits for a condition, looking often. */
async function until(
  what: string,
  isSo: () => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const begin = Date.now()
  while (!(await isSo())) {
    if (Date.now() - begin > patienceMs) throw new Error(`never in ${patienceMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Ports that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const holder = createServer()
          holder.listen(0, '127.0.0.1', () => resolve(holder))
        }),
    ),
  )
  const ports = holders.map((holder) => {
    const address = holder.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))))
  return ports
}

/** Asks a program to end and waits until it has. */
async function end(program: ChildProcess | null): Promise<void> {
  if (program === null || program.exitCode !== null || program.signalCode !== null) return
  const ended = new Promise<void>((resolve) => program.once('exit', () => resolve()))
  program.kill('SIGTERM')
  const timer = setTimeout(() => program.kill('SIGKILL'), PATIENCE_MS)
  await ended
  clearTimeout(timer)
}
