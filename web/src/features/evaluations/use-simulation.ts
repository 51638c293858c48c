/** A simulation over stored records: told as it goes on, ended by closing it. */
import { onBeforeUnmount, ref, shallowRef } from 'vue'
import { ApiProblem } from '@/api/problem'
import { streamJson, type ServerEvent } from '@/api/stream'
import { type SimulationEnd, type SimulationRequest, type SimulationStep } from './model'
import { nothingSimulated, takeStep, type Simulated } from './simulated'

/** How often what was found so far is shown. */
const SHOWN_EVERY_MS = 200

export function useSimulation() {
  const simulated = shallowRef<Simulated | null>(null)
  const error = shallowRef<unknown>(null)
  const isBusy = ref(false)
  let control: AbortController | null = null

  async function simulate(request: SimulationRequest): Promise<void> {
    stop()
    const own = new AbortController()
    control = own
    const found = nothingSimulated()
    isBusy.value = true
    error.value = null
    simulated.value = { ...found }
    let shown = 0
    const take = ({ name, data }: ServerEvent): void => {
      const body: unknown = JSON.parse(data)
      if (name === 'step') takeStep(found, body as SimulationStep)
      if (name === 'end') found.end = body as SimulationEnd
      if (name === 'problem') {
        const { code, detail } = body as { code: string; detail: string }
        throw new ApiProblem(500, code, detail, [], null)
      }
      if (performance.now() - shown > SHOWN_EVERY_MS) {
        shown = performance.now()
        simulated.value = { ...found }
      }
    }
    try {
      await streamJson('/verdict-simulations', request, own.signal, take)
      // a stream that breaks off without its end has not told everything
      if (found.end === null) throw ApiProblem.unreachable(null)
    } catch (cause) {
      if (!own.signal.aborted) error.value = cause
    } finally {
      if (control === own) {
        isBusy.value = false
        simulated.value = { ...found }
      }
    }
  }

  /** Closes the stream; what was found so far stays. */
  function stop(): void {
    control?.abort()
  }
  onBeforeUnmount(stop)

  return { simulated, error, isBusy, simulate, stop }
}
