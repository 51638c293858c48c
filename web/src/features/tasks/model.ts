/** The plan's tasks at work as the API tells them. */
import type { components } from '@/api/schema'

export type TaskState = components['schemas']['TaskStateBody']
export type TaskDossier = components['schemas']['TaskDossierBody']
export type TaskReport = components['schemas']['TaskReportBody']
export type Reminder = components['schemas']['ReminderBody']
export type Unit = components['schemas']['TaskUnitBody']
export type Goal = components['schemas']['GoalBody']
export type NewTaskReport = components['schemas']['NewTaskReport']

export const VIEWS = ['board', 'units', 'gantt', 'reminders'] as const
export type View = (typeof VIEWS)[number]

/** The worst first. */
export const STATUSES = ['overdue', 'due_soon', 'no_report', 'on_track', 'done'] as const

export const STATUS_TONES: Record<string, string> = {
  overdue: 'alarm',
  due_soon: 'warning',
  no_report: 'stale',
  on_track: 'maintenance',
  done: 'normal',
}

export const REPORT_TONES: Record<string, string> = {
  reported: 'offline',
  checked: 'normal',
  returned: 'warning',
}

export interface TaskFilter {
  q: string
  status: string
  unit: string
  heading: string
}

/** The tasks that a filter lets through, headings and units by their Chinese names; `none` asks for those of nobody. */
export function narrow(tasks: readonly TaskState[], filter: TaskFilter): TaskState[] {
  const sought = filter.q.trim().toLowerCase()
  return tasks.filter(
    (task) =>
      (sought === '' || `${task.name_zh} ${task.name_en}`.toLowerCase().includes(sought)) &&
      (filter.status === '' || task.status === filter.status) &&
      (filter.heading === '' || task.heading_zh === filter.heading) &&
      (filter.unit === '' ||
        (filter.unit === 'none'
          ? task.units.length === 0
          : task.units.some((unit) => unit.name_zh === filter.unit))),
  )
}

/** How many tasks stand so, and the few of them that are due first. */
export function earliest(
  tasks: readonly TaskState[],
  status: string,
  most: number,
): { count: number; first: TaskState[] } {
  const own = tasks.filter((task) => task.status === status)
  // days are written so that they sort as text
  own.sort((one, other) => (one.period.due_on < other.period.due_on ? -1 : 1))
  return { count: own.length, first: own.slice(0, most) }
}

export interface UnitRow {
  /** None for tasks of nobody. */
  unit: Unit | null
  total: number
  counts: Record<string, number>
}

/** How the tasks of each unit stand, the most overdue first; a task of two units counts for both. */
export function byUnit(tasks: readonly TaskState[]): UnitRow[] {
  const rows = new Map<string, UnitRow>()
  for (const task of tasks)
    for (const unit of task.units.length > 0 ? task.units : [null]) {
      const key = unit?.name_zh ?? ''
      const row = rows.get(key) ?? { unit, total: 0, counts: {} }
      row.total += 1
      row.counts[task.status] = (row.counts[task.status] ?? 0) + 1
      rows.set(key, row)
    }
  const late = (row: UnitRow): number => row.counts['overdue'] ?? 0
  return [...rows.values()].sort((one, other) => late(other) - late(one) || other.total - one.total)
}

/** Where a day stands between the first day of a year and the last of another, in per cent. */
export function placeOf(day: string, firstYear: number, lastYear: number): number {
  const [year = firstYear, month = 1, date = 1] = day.split('-').map(Number)
  const inYear = (month - 1 + (date - 1) / 31) / 12
  const share = (year + inYear - firstYear) / (lastYear + 1 - firstYear)
  return Math.min(100, Math.max(0, Math.round(share * 10_000) / 100))
}
