/** The routes of all features, each page loaded when first opened. */
import { createRouter, createWebHistory, type RouteLocation, type RouteRecordRaw } from 'vue-router'
import { can, hasSession, loadSession, session, type Permission } from '@/shared/session'
import { mayOpenPath, visibleNavigation } from './navigation'

declare module 'vue-router' {
  interface RouteMeta {
    isFullBleed?: boolean
    /** Stands alone, without navigation: signing in. */
    isBare?: boolean
    /** What one needs to open the page; found by its address where it is not said. */
    needs?: readonly Permission[]
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

/** Whether the person may open a page. */
export function mayOpen(route: Pick<RouteLocation, 'path' | 'meta'>): boolean {
  // as long as the server has not said who one is, the page says itself what it cannot load
  return session.value === null || (route.meta.needs?.every(can) ?? mayOpenPath(route.path))
}

router.beforeEach(async (to) => {
  if (to.meta.isBare && to.path !== '/first-password') return true
  // a server that does not answer is the pages' to tell
  const now = await loadSession().catch(() => null)
  if (now === null) return true
  if (!hasSession(now)) return { path: '/sign-in', query: { to: to.fullPath } }
  if (now.must_change_password && to.path !== '/first-password')
    return { path: '/first-password', query: { to: to.fullPath } }
  // the first page of somebody who may not see the overview is the first that they may
  if (to.path === '/' && !mayOpen(to)) return visibleNavigation()[0]?.entries[0]?.to ?? '/profile'
  return true
})
