/** Addresses of points. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/points', component: () => import('./pages/PointListPage.vue') },
  {
    path: '/points/:id/imports/:importId/:kind/:time',
    component: () => import('./pages/ImportSourcePage.vue'),
    props: true,
    meta: { needs: ['data.read'] },
  },
  { path: '/points/:id', component: () => import('./pages/PointPage.vue'), props: true },
]
