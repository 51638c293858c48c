/** Commands in words. */
import { useI18n } from 'vue-i18n'
import { useProtocolCodes } from '@/features/sites'
import { formatDateTime } from '@/shared/time'
import type { Command } from './model'

export function useCommandWords() {
  const { t, te } = useI18n()
  const codes = useProtocolCodes()
  const word = (key: string, otherwise: string): string => (te(key) ? t(key) : otherwise)
  const valueOf = (name: string, value: unknown): string => {
    const text = String(value)
    if (name === 'factor' || name === 'information') return `${codes.nameOfFactor(text)} ${text}`
    if (/^\d{4}-\d\d-\d\dT/.test(text)) return formatDateTime(text)
    return word(`commands.value.${name}.${text}`, text)
  }
  const parameterOf = (name: string): string => word(`commands.parameter.${name}`, name)
  return {
    codes,
    nameOf: (command: string): string => word(`commands.kind.${command}`, command),
    aboutOf: (command: string): string => word(`commands.about.${command}`, ''),
    stateOf: (state: string): string => word(`commands.state.${state}`, state),
    parameterOf,
    choiceOf: (name: string, value: string): string => valueOf(name, value),
    /** 数据类型：小时 · 开始：… */
    parametersOf: (command: Command): { label: string; value: string }[] =>
      Object.entries((command.parameters as Record<string, unknown> | null) ?? {})
        .filter(([, value]) => value !== null)
        .map(([name, value]) => ({ label: parameterOf(name), value: valueOf(name, value) })),
    requestResult: (code: number): string =>
      `${code} ${word(`commands.request.${code}`, t('commands.unknown_code'))}`,
    executionResult: (code: number): string =>
      `${code} ${word(`commands.execution.${code}`, t('commands.unknown_code'))}`,
    /** What the platform notes of a step, which it keeps in English. */
    noteOf: (note: string): string =>
      word(
        `commands.note.${note
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '_')
          .replace(/^_|_$/g, '')}`,
        note,
      ),
  }
}
