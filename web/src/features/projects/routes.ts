/** The addresses of the project pool. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/projects', component: () => import('./pages/ProjectListPage.vue') },
  { path: '/projects/:id', component: () => import('./pages/ProjectPage.vue'), props: true },
]
