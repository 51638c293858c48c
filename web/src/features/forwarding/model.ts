/** Superior platforms as the API gives them, and what their figures mean. */
import type { components } from '@/api/schema'

export type Target = components['schemas']['ForwardingTargetBody']
export type TargetInput = components['schemas']['ForwardingTargetInput']
export type MappedDevice = components['schemas']['ForwardingDeviceBody']
export type Failure = components['schemas']['ForwardingFailureBody']

/** A lag that a duty officer should see, and one at which the platform calls (seconds). */
const NOTICEABLE_S = 60
const CALLED_S = 600

/** The tone of a target: its connection, unless the lag says worse. */
export function toneOfTarget(target: Pick<Target, 'state' | 'lag_s'>): string {
  if (target.state === 'off') return 'disabled'
  const lag = target.lag_s ?? 0
  if (lag >= CALLED_S) return 'alarm'
  if (target.state === 'waiting') return lag > 0 ? 'warning' : 'offline'
  if (lag >= NOTICEABLE_S) return 'warning'
  return target.state === 'connected' ? 'normal' : 'maintenance'
}

/** Command codes as a person types them: separated by anything that is no digit. */
export function splitCodes(text: string): string[] {
  return [...new Set(text.split(/[^0-9A-Za-z]+/).filter((code) => code !== ''))]
}

export const joinCodes = (codes: readonly string[]): string => codes.join(', ')
