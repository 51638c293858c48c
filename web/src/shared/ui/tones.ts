/** One colour and one shape for each state, everywhere. */
type Shape = 'dot' | 'diamond' | 'ring' | 'triangle'
type ToneName =
  'normal' | 'alarm' | 'warning' | 'fault' | 'maintenance' | 'offline' | 'stale' | 'disabled'

export interface Tone {
  name: ToneName
  ink: string
  soft: string
  shape: Shape
}

const SHAPES: Record<ToneName, Shape> = {
  normal: 'dot',
  alarm: 'triangle',
  warning: 'triangle',
  fault: 'diamond',
  maintenance: 'diamond',
  offline: 'ring',
  stale: 'ring',
  disabled: 'ring',
}

const TONES: Record<string, ToneName> = {
  normal: 'normal',
  alarm: 'alarm',
  warning: 'warning',
  fault: 'fault',
  maintenance: 'maintenance',
  offline: 'offline',
  stale: 'stale',
  disabled: 'disabled',
  // alarms
  critical: 'alarm',
  severe: 'alarm',
  serious: 'alarm',
  major: 'alarm',
  urgent: 'alarm',
  high: 'alarm',
  minor: 'warning',
  general: 'warning',
  medium: 'warning',
  low: 'maintenance',
  info: 'maintenance',
  notice: 'maintenance',
  open: 'alarm',
  active: 'alarm',
  acknowledged: 'maintenance',
  recovered: 'normal',
  closed: 'offline',
  historical: 'stale',
  // connections, commands, jobs
  online: 'normal',
  succeeded: 'normal',
  done: 'normal',
  ok: 'normal',
  valid: 'normal',
  failed: 'alarm',
  error: 'alarm',
  rejected: 'alarm',
  invalid: 'alarm',
  timed_out: 'warning',
  timeout: 'warning',
  expired: 'warning',
  queued: 'offline',
  pending: 'offline',
  waiting: 'offline',
  sent: 'maintenance',
  accepted: 'maintenance',
  running: 'maintenance',
  receiving: 'maintenance',
  cancelled: 'disabled',
  draft: 'disabled',
  // indicators of the plan, findings
  met: 'normal',
  on_track: 'maintenance',
  at_risk: 'warning',
  behind: 'alarm',
  no_data: 'offline',
  hint: 'maintenance',
  // values reported for the plan
  reported: 'offline',
  checked: 'maintenance',
  returned: 'warning',
  superseded: 'disabled',
  // packets
  interpreted: 'normal',
  stored: 'maintenance',
  quarantined: 'warning',
  defective: 'warning',
}

export function toneOf(code: string): Tone {
  const name = TONES[code] ?? 'offline'
  return {
    name,
    ink: `var(--${name})`,
    soft: `var(--${name}-soft, var(--accent-soft))`,
    shape: SHAPES[name],
  }
}
