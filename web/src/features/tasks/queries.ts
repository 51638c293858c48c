/** Server data of the plan's tasks at work. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson, withQuery } from '@/api/request'
import { uploadFile } from '@/api/upload'
import type { Goal, NewTaskReport, Reminder, TaskDossier, TaskReport, TaskState } from './model'

export interface AsOf {
  on: string
  region: string
}

export const useTasks = (asOf: MaybeRefOrGetter<AsOf>) =>
  useQuery({
    queryKey: computed(() => ['tasks', 'list', toValue(asOf)]),
    queryFn: () => getJson<{ on: string; tasks: TaskState[] }>('/tasks', { ...toValue(asOf) }),
    placeholderData: keepPreviousData,
  })

export const useTask = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['tasks', 'one', toValue(id)]),
    queryFn: () => getJson<{ task: TaskDossier }>(`/tasks/${toValue(id)}`),
    select: (body) => body.task,
  })

export const useReminders = (isWanted: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: ['tasks', 'reminders'],
    queryFn: () => getJson<{ reminders: Reminder[] }>('/task-reminders'),
    select: (body) => body.reminders,
    enabled: computed(() => toValue(isWanted)),
  })

/** Anything done to a task changes the board, the page and the reminders. */
function useChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: ['tasks'] }),
        client.invalidateQueries({ queryKey: ['changes'] }),
      ])
    },
  })
}

interface OneReport {
  task_report: TaskReport
}

/** Reports, then hands in the files; a file that is refused is told by name, the report stays. */
export const useReport = () =>
  useChange(
    async ({
      task,
      body,
      files,
    }: {
      task: string
      body: NewTaskReport
      files: readonly File[]
    }) => {
      const answer = await sendJson<OneReport>('POST', `/tasks/${task}/reports`, body)
      for (const file of files)
        await uploadFile(
          withQuery(`/task-reports/${answer.task_report.id}/files`, { name: file.name }),
          file,
          () => undefined,
        )
      return answer
    },
  )

export const useDecide = () =>
  useChange(({ id, step, note }: { id: string; step: 'check' | 'return'; note: string }) =>
    sendJson<OneReport>('POST', `/task-reports/${id}/${step}`, step === 'return' ? { note } : {}),
  )

export const usePutGoals = () =>
  useChange(({ task, goals }: { task: string; goals: Goal[] }) =>
    sendJson('PUT', `/tasks/${task}/goals`, { goals }),
  )

export const useAssign = () =>
  useChange(
    ({ task, ...body }: { task: string; revision: number; unit: string; officer: string }) =>
      sendJson('PUT', `/tasks/${task}/assignment`, body),
  )

export const useHandOver = () =>
  useChange(
    ({
      task,
      ...body
    }: {
      task: string
      revision: number
      to: string
      recipient: string
      reason: string
    }) => sendJson('POST', `/tasks/${task}/hand-overs`, body),
  )

export const useSee = () =>
  useChange(({ task, due_on, stage }: Pick<Reminder, 'task' | 'due_on' | 'stage'>) =>
    sendJson('POST', '/task-reminders/seen', { task, due_on, stage }),
  )
