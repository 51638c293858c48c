/** Naive UI dressed in our own colours; the same values are CSS variables in `base.css`. */
import type { GlobalThemeOverrides } from 'naive-ui'

const shape = {
  borderRadius: '8px',
  borderRadiusSmall: '6px',
  fontFamily:
    '"PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif',
  fontFamilyMono: '"JetBrains Mono", "Cascadia Mono", "SFMono-Regular", Consolas, monospace',
}

export const lightTheme: GlobalThemeOverrides = {
  common: {
    ...shape,
    primaryColor: '#1d6b58',
    primaryColorHover: '#26806a',
    primaryColorPressed: '#165545',
    primaryColorSuppl: '#26806a',
    errorColor: '#b93526',
    errorColorHover: '#cb4637',
    errorColorPressed: '#992a1d',
    warningColor: '#9a6700',
    infoColor: '#2c6b91',
    successColor: '#1d6b58',
    bodyColor: '#f5f6f4',
    textColorBase: '#18211e',
    borderColor: '#dde2de',
    dividerColor: '#e6eae7',
  },
}

export const darkTheme: GlobalThemeOverrides = {
  common: {
    ...shape,
    primaryColor: '#6cc3a6',
    primaryColorHover: '#83d1b7',
    primaryColorPressed: '#55ab8e',
    primaryColorSuppl: '#83d1b7',
    errorColor: '#f08a7b',
    warningColor: '#e0b050',
    infoColor: '#7db8dc',
    successColor: '#6cc3a6',
    bodyColor: '#0f1412',
    cardColor: '#161d1a',
    modalColor: '#1a221e',
    popoverColor: '#1f2924',
    borderColor: '#2c3833',
    dividerColor: '#25302b',
  },
}
