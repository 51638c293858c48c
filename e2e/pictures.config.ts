// The pictures of the user guide: never part of the tests.
import tests from './playwright.config.ts'

export default { ...tests, testDir: 'pictures', timeout: 180_000 }
