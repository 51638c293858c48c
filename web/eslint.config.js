// Lint rules of the web application. The boundary rule keeps features apart.
import { readdirSync } from 'node:fs'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const features = readdirSync(new URL('./src/features', import.meta.url))

/** A feature may use `shared`, `api` and the public face (`index.ts`) of another feature only. */
const boundaries = features.map((feature) => ({
  files: [`src/features/${feature}/**/*.{ts,vue}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^@/features/(?!${feature}/)[^/]+/.+`,
            message: 'Import another feature through its index.ts only.',
          },
          { regex: '^@/app/', message: 'Features do not know the application frame.' },
          { regex: '^\\.\\./\\.\\./\\.\\./', message: 'Use the @/ alias to leave a feature.' },
        ],
      },
    ],
  },
}))

export default ts.config(
  { ignores: ['dist', 'src/api/schema.ts'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/require-default-prop': 'off',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'max-lines': ['error', { max: 300, skipBlankLines: false }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.{ts,vue}'],
    ignores: ['src/shared/time/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date']",
          message: 'Dates are made in shared/time only: the interface shows Beijing time.',
        },
        {
          selector: "CallExpression[callee.object.name='Date']",
          message: 'The clock is read in shared/time only.',
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', 'mock/**'],
    rules: { 'no-restricted-syntax': 'off', 'max-lines': 'off' },
  },
  ...boundaries,
)
