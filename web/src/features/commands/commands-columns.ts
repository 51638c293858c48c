/** The columns of a list of commands. */
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useNames } from '@/shared/format/use-names'
import { formatSecond } from '@/shared/time'
import type { Column } from '@/shared/ui'
import type { Command } from './model'
import { useCommandWords } from './use-command-words'

export function useCommandColumns(hasDevice: boolean) {
  const { t } = useI18n()
  const { parametersOf } = useCommandWords()
  const { actorOf } = useNames()
  return computed<Column<Command>[]>(() => [
    { key: 'command', title: t('commands.command') },
    ...(hasDevice ? [{ key: 'device', title: t('commands.device') }] : []),
    {
      key: 'parameters',
      title: t('commands.parameters'),
      phone: 'wide',
      text: (row: Command) =>
        parametersOf(row)
          .map(({ label, value }) => `${label} ${value}`)
          .join(t('shared.punctuation.list')) || '—',
    },
    { key: 'state', title: t('commands.state_label'), phone: 'corner' },
    {
      key: 'by',
      title: t('commands.by'),
      isOneLine: true,
      text: (row: Command) => actorOf(row.created_by),
    },
    {
      key: 'at',
      title: t('commands.at'),
      isOneLine: true,
      text: (row: Command) => formatSecond(row.created_at),
    },
  ])
}
