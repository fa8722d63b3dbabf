import t from 'tap'
import { exitCodeOf } from '../../lib/cli/exit-code.ts'
import { ERROR_CATALOGUE, type ErrorCode } from '../../lib/core/errors.ts'

t.test('exit codes (contract §2)', (t) => {
  const isConfiguration = /^MILLRACE_(SETTING_|CONFIG_|MAPPING_REFUSED|STREAM_CONFLICT|HANDLER_)/
  for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
    const expected = code === 'MILLRACE_SOURCE_UNREACHABLE' ? 4 : isConfiguration.test(code) ? 3 : 1
    t.equal(exitCodeOf(code), expected, code)
  }
  t.end()
})
