/** How devices differ from the standard. */
export const CHECKSUMS = [
  'standard',
  'standard_swapped',
  'modbus',
  'modbus_swapped',
  'arc',
  'ignored',
] as const
export const LENGTHS = ['standard', 'ignored'] as const
export const PASSWORD_CHECKS = ['required', 'ignored'] as const
export const ACKNOWLEDGEMENTS = ['as_asked', 'always', 'never'] as const
export const EDITIONS = ['2005', '2017', '2025'] as const
/** System codes ST of HJ 212-2017, table 5, and of its revision; a device may send another. */
export const SYSTEM_TYPES = [
  '21',
  '22',
  '23',
  '24',
  '25',
  '26',
  '27',
  '31',
  '32',
  '33',
  '34',
  '35',
  '36',
  '37',
  '38',
  '39',
  '41',
  '44',
  '45',
  '51',
  '52',
] as const

export interface Quirks extends Record<string, unknown> {
  checksum: string
  length: string
  max_segment_bytes: number
  password_check: string
  period_label: string | null
  acknowledgement: string
  answer_edition: string | null
  time_shift_minutes: number
  has_history: boolean
  /** Seconds until a request is sent again, and how often; null as the platform does. */
  over_time_s: number | null
  resend_count: number | null
}

/** A device that follows the standard. */
export const STANDARD: Quirks = {
  checksum: 'standard',
  length: 'standard',
  max_segment_bytes: 1024,
  password_check: 'required',
  period_label: null,
  acknowledgement: 'as_asked',
  answer_edition: null,
  time_shift_minutes: 0,
  has_history: true,
  over_time_s: null,
  resend_count: null,
}

/** The settings as the API keeps them; what is missing is as the standard orders. */
export function readQuirks(kept: unknown): Quirks {
  return { ...STANDARD, ...(typeof kept === 'object' && kept !== null ? kept : {}) }
}

/** The settings that differ from the standard. */
export function deviations(quirks: Quirks): [name: string, value: string][] {
  return Object.entries(quirks)
    .filter(([name, value]) => value !== STANDARD[name])
    .map(([name, value]) => [name, String(value)])
}
