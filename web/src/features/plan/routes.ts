/** The addresses of the five-year plan. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/plan', component: () => import('./pages/PlanPage.vue') },
  {
    path: '/plan/indicators/:id',
    component: () => import('./pages/IndicatorPage.vue'),
    props: true,
  },
  { path: '/plan/measures/:id', component: () => import('./pages/MeasurePage.vue'), props: true },
]
