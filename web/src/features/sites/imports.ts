/** Files of the register: tried first, then taken over whole. */
import { withQuery } from '@/api/request'
import type { components } from '@/api/schema'
import { uploadFile } from '@/api/upload'
import { toCsv } from '@/shared/format/csv'

export type ImportReport = components['schemas']['ImportBody']
export type ImportProblem = components['schemas']['ImportProblemBody']
export type SheetCounts = components['schemas']['SheetCountsBody']

/** Sends a file; with `isTrial` nothing is changed. */
export const sendSitesFile = (
  file: File,
  isTrial: boolean,
  onProgress: (share: number) => void,
): Promise<ImportReport> =>
  uploadFile<{ import: ImportReport }>(
    withQuery('/site-files/import', { name: file.name, dry_run: isTrial }),
    file,
    onProgress,
  ).then((body) => body.import)

/** How many things a file creates and changes. */
export function countChanges(report: ImportReport): { created: number; updated: number } {
  return report.sheets.reduce(
    (sum, sheet) => ({
      created: sum.created + sheet.created,
      updated: sum.updated + sheet.updated,
    }),
    { created: 0, updated: 0 },
  )
}

/** The problems as a CSV file that a spreadsheet opens, for whoever must mend the file. */
export function problemsCsv(
  problems: readonly ImportProblem[],
  isEnglish: boolean,
  head: readonly string[],
): string {
  const rows = problems.map((problem) => [
    isEnglish ? problem.sheet : problem.sheet_zh,
    String(problem.row),
    isEnglish ? problem.column : problem.column_zh,
    isEnglish ? problem.detail_en : problem.detail_zh,
    isEnglish ? problem.advice_en : problem.advice_zh,
  ])
  return toCsv([head, ...rows])
}
