/** A register of outlets that only tests speak for, as the CSV files of `qingshan sites import`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from './device.ts'

/** What every outlet of the tests measures; nitrogen oxides have a real-time limit. */
export const FACTORS = {
  nitrogenOxides: 'a21002',
  sulfurDioxide: 'a21026',
  dust: 'a34013',
} as const
export const NITROGEN_OXIDES_LIMIT = '50'

/** One outlet with its logger. */
export interface Outlet extends Identity {
  /** Its code, DA001 and so on. */
  code: string
  nameZh: string
  nameEn: string
}

export const SITE_ZH = '模拟试验热电厂'
export const SITE_EN = 'Simulated trial power station'
const SITE = 'SIM-TRIAL'

/** Writes the files and answers with the outlets. */
export function writeRegister(folder: string, count: number): Outlet[] {
  mkdirSync(folder, { recursive: true })
  const outlets = Array.from({ length: count }, (_, place) => {
    const number = String(place + 1).padStart(3, '0')
    return {
      code: `DA${number}`,
      nameZh: `${place + 1}号废气排口`,
      nameEn: `Gas outlet ${place + 1}`,
      mn: `TRIAL0000000000000000${number}`,
      password: `123${number}`,
    }
  })
  const write = (name: string, head: string, rows: string[]): void =>
    writeFileSync(join(folder, `${name}.csv`), `${[head, ...rows].join('\n')}\n`)
  write('sites', 'code,name_zh,name_en,kind,region_code,longitude,latitude,is_key,is_simulated', [
    `${SITE},${SITE_ZH},${SITE_EN},enterprise,430408,112.5771,26.9015,是,是`,
  ])
  write(
    'points',
    'site_code,code,name_zh,name_en,medium,period_label,realtime_interval_s,minute_interval_min,is_hour_expected,is_day_expected',
    outlets.map(
      ({ code, nameZh, nameEn }) =>
        `${SITE},${code},${nameZh},${nameEn},waste_gas,start,60,10,否,否`,
    ),
  )
  write(
    'devices',
    'mn,name,password,edition,system_type,is_simulated',
    outlets.map(
      ({ code, mn, password }) => `${mn},${SITE_ZH} ${code} 数采仪,${password},2017,31,是`,
    ),
  )
  write(
    'channels',
    'mn,site_code,point_code,factor_code',
    outlets.map(({ mn, code }) => `${mn},${SITE},${code},`),
  )
  write(
    'factors',
    'site_code,point_code,factor_code,unit,decimals,sort_order',
    outlets.flatMap(({ code }) =>
      Object.values(FACTORS).map(
        (factor, order) => `${SITE},${code},${factor},mg/m3,2,${order + 1}`,
      ),
    ),
  )
  write(
    'limits',
    'site_code,point_code,factor_code,kind,statistic,lower,upper,origin,basis',
    outlets.map(
      ({ code }) =>
        `${SITE},${code},${FACTORS.nitrogenOxides},realtime,rtd,,${NITROGEN_OXIDES_LIMIT},permit,模拟许可限值`,
    ),
  )
  return outlets
}
