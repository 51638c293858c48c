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
      { to: '/map', text: 'map.title', icon: 'map' },
      { to: '/alarms', text: 'alarms.title', icon: 'alarm' },
      { to: '/duty', text: 'duty.title', icon: 'duty' },
      { to: '/exceedances', text: 'exceedances.title', icon: 'pollutant' },
      { to: '/alarm-rules', text: 'rules.title', icon: 'rule' },
    ],
  },
  {
    title: 'data',
    entries: [
      { to: '/points', text: 'points.title', icon: 'point' },
      { to: '/rates', text: 'rates.title', icon: 'rate' },
      { to: '/packets', text: 'packets.title', icon: 'packet' },
      { to: '/gaps', text: 'gaps.title', icon: 'broken' },
      { to: '/quarantine', text: 'quarantine.title', icon: 'quarantine' },
    ],
  },
  {
    title: 'devices',
    entries: [
      { to: '/devices', text: 'devices.title', icon: 'device' },
      { to: '/commands', text: 'commands.title', icon: 'command' },
      { to: '/forwarding', text: 'forwarding.title', icon: 'forward' },
    ],
  },
  {
    title: 'manage',
    entries: [
      { to: '/plan', text: 'plan.title', icon: 'rate' },
      { to: '/sites', text: 'sites.title', icon: 'site' },
      { to: '/organisations', text: 'sites.organisations', icon: 'organisation' },
      { to: '/regions', text: 'sites.regions', icon: 'region' },
      { to: '/site-files', text: 'sites.files.title', icon: 'import' },
      { to: '/retention', text: 'retention.title', icon: 'clock' },
    ],
  },
]
