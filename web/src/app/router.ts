/** The routes of all features, each page loaded when first opened. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    isFullBleed?: boolean
  }
}

const files = import.meta.glob<{ routes: RouteRecordRaw[] }>('../features/*/routes.ts', {
  eager: true,
})

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    ...Object.values(files).flatMap((file) => file.routes),
    { path: '/:rest(.*)*', component: () => import('./NotFoundPage.vue') },
  ],
})
