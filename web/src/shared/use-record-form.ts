/**
 * A form over one thing of the register: filled from it, sent, and, when somebody else changed it
 * in between, laid beside what they made of it so that neither change is lost unseen.
 */
import { computed, reactive, ref, type Ref } from 'vue'
import { ApiProblem } from '@/api/problem'
import { useFieldErrors } from './use-field-errors'

interface Kept {
  revision: number
}

/** A field that somebody else changed. */
export interface ForeignChange {
  field: string
  theirs: string
  mine: string
  /** Whether the person at the form changed it too. */
  isBoth: boolean
}

/** What a `RecordDialog` draws. */
export interface RecordForm {
  fields: readonly string[]
  error: Ref<unknown>
  isBusy: Ref<boolean>
  isNew: Ref<boolean>
  foreign: Ref<ForeignChange[] | null>
  takeTheirs: () => void
  keepMine: () => void
}

const show = (value: unknown): string =>
  value === null || value === undefined || value === ''
    ? '—'
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

export function useRecordForm<F extends Record<string, unknown>, R extends Kept>(options: {
  /** An empty form, or one filled from what is kept. */
  fill: (record: R | null) => F
  /** Creates (`record` is null) or changes, on the revision of `record`. */
  send: (form: F, record: R | null) => Promise<R>
  /** Loads what is kept now, after a change of somebody else. */
  reload: (record: R) => Promise<R>
  /** A value in words; null for the value as it is. */
  describe?: (field: string, value: unknown) => string | null
}) {
  const form = reactive(options.fill(null)) as F
  const base = ref<R | null>(null) as Ref<R | null>
  const theirs = ref<R | null>(null) as Ref<R | null>
  const error = ref<unknown>(null)
  const isBusy = ref(false)
  const fields = Object.keys(form)
  const { errorOf } = useFieldErrors(error)
  const same = (one: unknown, other: unknown): boolean =>
    JSON.stringify(one) === JSON.stringify(other)

  const foreign = computed<ForeignChange[] | null>(() => {
    if (theirs.value === null || base.value === null) return null
    const [before, after] = [options.fill(base.value), options.fill(theirs.value)]
    return fields
      .filter((field) => !same(before[field], after[field]))
      .map((field) => ({
        field,
        theirs: options.describe?.(field, after[field]) ?? show(after[field]),
        mine: options.describe?.(field, form[field]) ?? show(form[field]),
        isBoth: !same(before[field], form[field]) && !same(after[field], form[field]),
      }))
  })

  function open(record: R | null): void {
    base.value = record
    theirs.value = null
    error.value = null
    Object.assign(form, options.fill(record))
  }

  /** Sends the form; answers with what is kept then, or null when it was refused. */
  async function submit(): Promise<R | null> {
    if (isBusy.value) return null
    isBusy.value = true
    error.value = null
    try {
      const saved = await options.send(form, base.value)
      theirs.value = null
      return saved
    } catch (cause) {
      error.value = cause
      if (base.value !== null && cause instanceof ApiProblem && cause.code === 'stale')
        theirs.value = await options.reload(base.value).catch(() => null)
      return null
    } finally {
      isBusy.value = false
    }
  }

  return {
    form,
    base,
    fields,
    error,
    isBusy,
    isNew: computed(() => base.value === null),
    foreign,
    errorOf,
    open,
    submit,
    /** Throws the own changes away. */
    takeTheirs: (): void => open(theirs.value),
    /** Keeps what was typed, takes over what only the others changed. */
    keepMine: (): void => {
      if (theirs.value === null || base.value === null) return
      const [before, after] = [options.fill(base.value), options.fill(theirs.value)]
      for (const field of fields)
        if (same(before[field], form[field])) Object.assign(form, { [field]: after[field] })
      base.value = theirs.value
      theirs.value = null
      error.value = null
    },
  }
}
