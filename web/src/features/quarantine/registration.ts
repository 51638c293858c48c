/** The form of a registration: filled from what a sender says, turned into what the API takes. Pure. */
import type { Proposal, Registration } from './queries'

export type PlaceKind = 'point' | 'new_point' | 'new_site'

export interface RegistrationForm {
  name: string
  edition: string
  systemType: string
  password: 'heard' | 'other'
  otherPassword: string
  isSimulated: boolean
  place: PlaceKind
  pointId: string
  siteId: string
  siteCode: string
  siteName: string
  siteKind: string
  region: string
  longitude: string
  latitude: string
  pointCode: string
  pointName: string
  medium: string
  interval: string
  factors: string[]
  replay: boolean
}

/** Outlet codes begin with DA for waste gas and DW for waste water. */
const CODES: Record<string, string> = { waste_gas: 'DA001', waste_water: 'DW001' }

export function fillForm(proposal: Proposal): RegistrationForm {
  return {
    name: '',
    edition: proposal.edition,
    systemType: proposal.system_type ?? '',
    password: proposal.password_length == null ? 'other' : 'heard',
    otherPassword: '',
    isSimulated: proposal.mn.startsWith('SIM'),
    place: 'new_point',
    pointId: '',
    siteId: '',
    siteCode: '',
    siteName: '',
    siteKind: 'enterprise',
    region: '',
    longitude: '',
    latitude: '',
    pointCode: CODES[proposal.medium ?? ''] ?? '',
    pointName: '',
    medium: proposal.medium ?? '',
    interval: String(proposal.realtime_interval_s ?? 60),
    factors: proposal.factors.map((factor) => factor.factor_code),
    replay: true,
  }
}

/** What the person still has to say before it can be sent. */
export function missingFields(form: RegistrationForm): string[] {
  const needed: [string, string][] = [['system_type', form.systemType]]
  if (form.password === 'other') needed.push(['password', form.otherPassword])
  if (form.place === 'point') needed.push(['point', form.pointId])
  else {
    needed.push(
      ['point_code', form.pointCode],
      ['point_name', form.pointName],
      ['medium', form.medium],
    )
    if (form.place === 'new_point') needed.push(['site', form.siteId])
    else
      needed.push(
        ['site_code', form.siteCode],
        ['site_name', form.siteName],
        ['region', form.region],
      )
  }
  return needed.filter(([, value]) => value.trim() === '').map(([name]) => name)
}

const degrees = (text: string): number | null => (text.trim() === '' ? null : Number(text))

export function toInput(form: RegistrationForm): Registration {
  const input: Registration = {
    name: form.name.trim(),
    edition: form.edition,
    system_type: form.systemType.trim(),
    is_simulated: form.isSimulated,
    replay: form.replay,
  }
  if (form.password === 'other') input.password = form.otherPassword
  if (form.place === 'point') return { ...input, point_id: Number(form.pointId) }
  const seconds = Number(form.interval)
  const point = {
    code: form.pointCode.trim(),
    medium: form.medium,
    name_zh: form.pointName.trim(),
    name_en: '',
    period_label: 'start',
    realtime_interval_s: Number.isInteger(seconds) && seconds > 0 ? seconds : null,
    minute_interval_min: 10,
    is_hour_expected: true,
    is_day_expected: true,
    is_enabled: true,
  }
  const site =
    form.place === 'new_point'
      ? { site_id: Number(form.siteId) }
      : {
          new_site: {
            code: form.siteCode.trim(),
            region_code: form.region,
            kind: form.siteKind,
            name_zh: form.siteName.trim(),
            name_en: '',
            address: '',
            longitude: degrees(form.longitude),
            latitude: degrees(form.latitude),
            is_key: false,
            is_simulated: form.isSimulated,
          },
        }
  return { ...input, new_point: { ...site, point, factors: form.factors } }
}
