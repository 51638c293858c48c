/** The entries of the navigation. */
import { can, may, session, type Operation, type Permission } from '@/shared/session'
import type { IconName } from '@/shared/ui'

interface Entry {
  to: string
  text: string
  icon: IconName
  /** What one needs to see it. */
  needs: readonly Permission[]
  /** What it asks for that is for the whole city only. */
  asks?: Operation
  /** It stands in for an entry that asks for this. */
  unless?: Operation
}

export const NAVIGATION: readonly { title: string; entries: readonly Entry[] }[] = [
  {
    title: 'watch',
    entries: [
      {
        to: '/',
        text: 'overview.title',
        icon: 'overview',
        needs: ['sites.read', 'data.read', 'alarms.read'],
      },
      {
        to: '/map',
        text: 'map.title',
        icon: 'map',
        needs: ['sites.read', 'data.read', 'alarms.read'],
      },
      { to: '/alarms', text: 'alarms.title', icon: 'alarm', needs: ['alarms.read'] },
      {
        to: '/duty',
        text: 'duty.title',
        icon: 'duty',
        needs: ['alarms.read'],
        asks: 'GET /duty/present',
      },
      {
        to: '/duty/report',
        text: 'duty.report.open',
        icon: 'duty',
        needs: ['alarms.read'],
        unless: 'GET /duty/present',
      },
      { to: '/exceedances', text: 'exceedances.title', icon: 'pollutant', needs: ['alarms.read'] },
      { to: '/alarm-rules', text: 'rules.title', icon: 'rule', needs: ['alarms.read'] },
    ],
  },
  {
    title: 'data',
    entries: [
      { to: '/points', text: 'points.title', icon: 'point', needs: ['sites.read', 'alarms.read'] },
      { to: '/rates', text: 'rates.title', icon: 'rate', needs: ['data.read', 'sites.read'] },
      {
        to: '/marking',
        text: 'marking.title',
        icon: 'edit',
        needs: ['data.mark', 'data.read', 'sites.read'],
      },
      {
        to: '/marking-review',
        text: 'marking.review.page',
        icon: 'check',
        needs: ['data.review', 'data.read', 'sites.read'],
      },
      {
        to: '/manual-samples',
        text: 'marking.samples.title',
        icon: 'sample',
        needs: ['data.read', 'sites.read'],
      },
      { to: '/evaluations', text: 'evaluations.title', icon: 'pollutant', needs: ['data.read'] },
      { to: '/verdict-changes', text: 'verdicts.changes', icon: 'trail', needs: ['data.read'] },
      { to: '/packets', text: 'packets.title', icon: 'packet', needs: ['packets.read'] },
      { to: '/gaps', text: 'gaps.title', icon: 'broken', needs: ['data.read'] },
      {
        to: '/quarantine',
        text: 'quarantine.title',
        icon: 'quarantine',
        needs: ['quarantine.read'],
        asks: 'GET /quarantine',
      },
    ],
  },
  {
    title: 'devices',
    entries: [
      { to: '/devices', text: 'devices.title', icon: 'device', needs: ['sites.read'] },
      { to: '/commands', text: 'commands.title', icon: 'command', needs: ['commands.read'] },
      { to: '/forwarding', text: 'forwarding.title', icon: 'forward', needs: ['forwarding.read'] },
    ],
  },
  {
    title: 'manage',
    entries: [
      { to: '/plan', text: 'plan.title', icon: 'rate', needs: ['plan.read'] },
      { to: '/tasks', text: 'tasks.title', icon: 'check', needs: ['plan.read', 'sites.read'] },
      { to: '/projects', text: 'projects.title', icon: 'site', needs: ['plan.read', 'sites.read'] },
      { to: '/assessments', text: 'assessment.title', icon: 'check', needs: ['plan.read'] },
      { to: '/sites', text: 'sites.title', icon: 'site', needs: ['sites.read', 'alarms.read'] },
      {
        to: '/organisations',
        text: 'sites.organisations',
        icon: 'organisation',
        needs: ['sites.read'],
      },
      { to: '/regions', text: 'sites.regions', icon: 'region', needs: ['sites.read'] },
      { to: '/site-files', text: 'sites.files.title', icon: 'import', needs: ['sites.read'] },
      { to: '/retention', text: 'retention.title', icon: 'clock', needs: ['system.read'] },
    ],
  },
  {
    title: 'security',
    entries: [
      { to: '/accounts', text: 'accounts.title', icon: 'people', needs: ['accounts.read'] },
      { to: '/roles', text: 'accounts.roles.title', icon: 'rule', needs: ['accounts.read'] },
      { to: '/audit', text: 'audit.title', icon: 'trail', needs: ['audit.read'] },
    ],
  },
]

const mayEnter = (entry: Entry): boolean =>
  entry.needs.every(can) && (entry.asks === undefined || may(entry.asks))

/** The groups with what the person may see of them. */
export const visibleNavigation = () =>
  NAVIGATION.map((group) => ({
    ...group,
    entries: group.entries.filter(
      (entry) =>
        (session.value === null || mayEnter(entry)) &&
        (entry.unless === undefined || (session.value !== null && !may(entry.unless))),
    ),
  })).filter((group) => group.entries.length > 0)

/** Whether a page may be opened: the same as the entry of the navigation that it lies under. */
export function mayOpenPath(path: string): boolean {
  const entries = NAVIGATION.flatMap((group) => group.entries)
  const found = entries
    .filter(({ to }) => path === to || (to !== '/' && path.startsWith(`${to}/`)))
    .sort((one, other) => other.to.length - one.to.length)[0]
  return found === undefined || mayEnter(found)
}
