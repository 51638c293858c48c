/** Server data of the project pool. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson, withQuery } from '@/api/request'
import { uploadFile } from '@/api/upload'
import { useSeekList } from '@/shared/use-seek-list'
import type {
  Fund,
  Milestone,
  Outcome,
  PoolImport,
  Project,
  ProjectInput,
  ProjectSummary,
  Reconciliation,
  Totals,
} from './model'

export interface ProjectFilter {
  q: string
  kind: string
  state: string
  region: string
  task: string
  indicator: string
  named: string
  attention: string
}

interface ProjectsBody {
  projects: ProjectSummary[]
  meta: { next: string | null }
}

export const useProjects = (filter: MaybeRefOrGetter<ProjectFilter>) =>
  useSeekList({
    key: computed(() => ['projects', 'list', toValue(filter)]),
    load: (after) => getJson<ProjectsBody>('/projects', { ...toValue(filter), after }),
    items: (page) => page.projects,
  })

/** All projects of a filter at once, for a map. */
export const useAllProjects = (filter: MaybeRefOrGetter<ProjectFilter>) =>
  useQuery({
    queryKey: computed(() => ['projects', 'all', toValue(filter)]),
    queryFn: () => getJson<ProjectsBody>('/projects', { ...toValue(filter), limit: 1000 }),
    select: (body) => body.projects,
    placeholderData: keepPreviousData,
  })

export const useTotals = (filter: MaybeRefOrGetter<Partial<ProjectFilter>>) =>
  useQuery({
    queryKey: computed(() => ['projects', 'totals', toValue(filter)]),
    queryFn: () => getJson<Totals>('/project-totals', { ...toValue(filter) }),
    placeholderData: keepPreviousData,
  })

export const useReconciliation = () =>
  useQuery({
    queryKey: ['projects', 'reconciliation'],
    queryFn: () => getJson<{ reconciliation: Reconciliation }>('/project-reconciliation'),
    select: (body) => body.reconciliation,
  })

interface OneProject {
  project: Project
}

export const loadProject = (id: string): Promise<Project> =>
  getJson<OneProject>(`/projects/${id}`).then((body) => body.project)

export const useProject = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['projects', 'one', toValue(id)]),
    queryFn: () => loadProject(toValue(id)),
  })

/** Anything done to a project changes lists, totals and the balance. */
export function useProjectsRefresh() {
  const client = useQueryClient()
  return async (): Promise<void> => {
    await Promise.all([
      client.invalidateQueries({ queryKey: ['projects'] }),
      client.invalidateQueries({ queryKey: ['changes'] }),
    ])
  }
}

function useChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const refresh = useProjectsRefresh()
  return useMutation({ mutationFn: change, onSuccess: refresh })
}

export const saveProject = (input: ProjectInput, id: string | null): Promise<Project> =>
  (id === null
    ? sendJson<OneProject>('POST', '/projects', input)
    : sendJson<OneProject>('PUT', `/projects/${id}`, input)
  ).then((body) => body.project)

interface Parts {
  id: string
  revision: number
}

export const usePutMilestones = () =>
  useChange(({ id, ...body }: Parts & { milestones: Milestone[] }) =>
    sendJson<OneProject>('PUT', `/projects/${id}/milestones`, body),
  )

export const usePutFunds = () =>
  useChange(({ id, ...body }: Parts & { funds: Fund[] }) =>
    sendJson<OneProject>('PUT', `/projects/${id}/funds`, body),
  )

export interface StepInput {
  to: string
  on: string
  document: string
  note: string
}

export const useStep = () =>
  useChange(({ id, ...body }: Parts & StepInput) =>
    sendJson<OneProject>('POST', `/projects/${id}/steps`, body),
  )

export const useSteps = () =>
  useChange((body: StepInput & { ids: string[] }) =>
    sendJson<{ outcomes: Outcome[] }>('POST', '/project-steps', body),
  )

export const useImportProjects = () =>
  useChange(({ file, isTrial }: { file: File; isTrial: boolean }) =>
    uploadFile<{ import: PoolImport }>(
      withQuery('/project-files/import', { dry_run: isTrial }),
      file,
      () => undefined,
    ),
  )

/** Where the listed projects are loaded from as a file. */
export const exportUrl = (form: 'xlsx' | 'csv', filter: ProjectFilter): string =>
  withQuery(`/api/v1/project-files/export.${form}`, { ...filter })

export const TEMPLATE_URL = '/api/v1/project-files/template.xlsx'
