/** The entries of the navigation. */
import type { IconName } from '@/shared/ui'

interface Entry {
  to: string
  text: string
  icon: IconName
}

export const NAVIGATION: readonly { title: string; entries: readonly Entry[] }[] = [
  {
    title: 'watch',
    entries: [
      { to: '/', text: 'overview.title', icon: 'overview' },
      { to: '/alarms', text: 'alarms.title', icon: 'alarm' },
    ],
  },
  {
    title: 'data',
    entries: [{ to: '/points', text: 'points.title', icon: 'point' }],
  },
]
