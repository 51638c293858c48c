/** The codes of HJ 212 with their names. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { getJson } from '@/api/request'
import type { components } from '@/api/schema'
import { useNames } from '@/shared/format/use-names'

export type ProtocolCode = components['schemas']['ProtocolCodeBody']

/** The entry of a code as a device sends it: of 2017, of 2005, or with a number for `xx`. */
export function findProtocolCode(
  codes: readonly ProtocolCode[],
  code: string,
): ProtocolCode | undefined {
  const exact = codes.find((entry) => entry.code === code || entry.old_code === code)
  if (exact !== undefined) return exact
  return codes.find(
    (entry) =>
      entry.code.includes('x') &&
      new RegExp(`^${entry.code.replace(/x/g, '\\d')}$`, 'i').test(code),
  )
}

export function useProtocolCodes() {
  const { nameOf } = useNames()
  const query = useQuery({
    queryKey: ['protocol-codes'],
    queryFn: () => getJson<{ protocol_codes: ProtocolCode[] }>('/protocol-codes'),
    select: (body) => body.protocol_codes,
    staleTime: Infinity,
  })
  const optionsOf = (isWanted: (entry: ProtocolCode) => boolean) =>
    (query.data.value ?? [])
      .filter((entry) => entry.code !== '' && isWanted(entry))
      .map((entry) => ({ value: entry.code, text: nameOf(entry), hint: entry.code }))
  return {
    query,
    find: (code: string): ProtocolCode | undefined =>
      findProtocolCode(query.data.value ?? [], code),
    /** A factor in words; its code where the catalogue has none. */
    nameOfFactor: (code: string): string => {
      const entry = findProtocolCode(query.data.value ?? [], code)
      return entry === undefined ? code : nameOf(entry)
    },
    /** What can be measured. */
    factorOptions: computed(() => optionsOf((entry) => entry.medium !== 'device-info')),
    /** What devices can tell of themselves: logs, states, parameters. */
    informationOptions: computed(() => optionsOf((entry) => entry.medium === 'device-info')),
  }
}
