/** The duty desk as the API gives it. */
export interface Shift {
  id: string
  officer: string
  started_at: string
  ended_at: string | null
  handed_to: string | null
  hand_over_text: string | null
  carried: string[]
}

export interface ShiftEntry {
  id: string
  shift_id: string
  at: string
  author: string
  text: string
  alarm_id: string | null
}
