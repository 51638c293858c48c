/** Judges a table: read by the server, sent in parts, gathered with progress; can be stopped. */
import { ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { sendJson } from '@/api/request'
import { uploadFile } from '@/api/upload'
import {
  gather,
  placeSummary,
  ROWS_AT_ONCE,
  type Evaluation,
  type EvaluationTable,
  type Judged,
} from './model'

export interface EvaluationOptions {
  medium: string
  kind: string
  date: string
  rulesOf: string
  limits: string
  period: string
}

const given = (text: string): string | null => (text.trim() === '' ? null : text)

export function useEvaluation() {
  const { locale } = useI18n()
  const judged = shallowRef<Judged | null>(null)
  const error = shallowRef<unknown>(null)
  const isBusy = ref(false)
  const share = ref(0)
  let run = 0

  /** What cannot be a row of the table is a problem like those of cells. */
  const unread = (table: EvaluationTable) =>
    table.problems.map((problem) => ({
      row: problem.row,
      column: problem.column,
      value: '',
      reason: locale.value === 'en' ? problem.reason_en : problem.reason_zh,
    }))

  async function judge(source: Blob, options: EvaluationOptions): Promise<void> {
    run += 1
    const own = run
    const isStopped = (): boolean => own !== run
    isBusy.value = true
    share.value = 0
    error.value = null
    judged.value = null
    try {
      const answer = await uploadFile<{ evaluation_table: EvaluationTable }>(
        '/evaluation-tables',
        source,
        () => undefined,
      )
      const table = answer.evaluation_table
      let all: Judged = {
        given: table.columns,
        columns: [],
        rows: [],
        problems: unread(table),
        summary: null,
      }
      const ask = (rows: EvaluationTable['rows'], answer: 'rows' | 'summary') =>
        sendJson<{ evaluation: Evaluation }>('POST', `/evaluations/${options.medium}`, {
          columns: table.columns,
          rows: rows.map((row) => row.cells),
          kind: given(options.kind),
          date: given(options.date),
          with_rules_of: answer === 'rows' ? given(options.rulesOf) : null,
          with_limits: answer === 'rows' ? given(options.limits) : null,
          language: locale.value === 'en' ? 'en' : 'zh',
          period: given(options.period),
          answer,
        })
      // a table of nothing but a heading is judged too, so that its headings are
      for (let at = 0; at === 0 || at < table.rows.length; at += ROWS_AT_ONCE) {
        if (isStopped()) return
        const rows = table.rows.slice(at, at + ROWS_AT_ONCE)
        const body = await ask(rows, 'rows')
        all = gather(all, rows, body.evaluation)
        share.value = Math.min(1, (at + ROWS_AT_ONCE) / Math.max(1, table.rows.length))
      }
      // what rows come to together needs all of them at once
      if (!isStopped() && all.rows.length > 0) {
        const { summary } = (await ask(table.rows, 'summary')).evaluation
        if (summary) all = { ...all, summary: placeSummary(summary, table.rows) }
      }
      if (!isStopped()) judged.value = all
    } catch (cause) {
      if (!isStopped()) error.value = cause
    } finally {
      if (!isStopped()) isBusy.value = false
    }
  }

  /** Ends what runs, and forgets what was found. */
  function stop(): void {
    run += 1
    isBusy.value = false
    judged.value = null
    error.value = null
  }

  return { judged, error, isBusy, share, judge, stop }
}
