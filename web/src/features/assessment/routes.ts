/** Addresses of assessments: the bureau's workspace, and what everybody may see. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/assessments', component: () => import('./pages/AssessmentListPage.vue') },
  {
    path: '/assessments/:id',
    component: () => import('./pages/AssessmentPage.vue'),
    props: true,
  },
  {
    path: '/public/assessments',
    component: () => import('./pages/PublicListPage.vue'),
    meta: { isBare: true },
  },
  {
    path: '/public/assessments/:id',
    component: () => import('./pages/PublicAssessmentPage.vue'),
    props: true,
    meta: { isBare: true },
  },
]
