import t from 'tap'
import { ENGINE_RULE } from '../../../lib/core/mapping/engine-settings.ts'
import { FUNCTION_RULE } from '../../../lib/core/mapping/function-settings.ts'
import {
  API_MAPPING_RULE,
  CONFIGURATION_MAPPING_RULE,
} from '../../../lib/core/mapping/mapping-table.ts'
import { checkSetting, findUnsupported } from '../../../lib/core/mapping/setting-check.ts'
import type { Rule } from '../../../lib/core/mapping/setting-rule.ts'
import { STREAM_RULE } from '../../../lib/core/mapping/stream-settings.ts'

t.test('every default and every supported value follows its own rule', (t) => {
  const visit = (rule: Rule, where: string): void => {
    if (rule.kind === 'list' || rule.kind === 'map') visit(rule.of, where)
    if (rule.kind !== 'object') return
    for (const [name, member] of Object.entries(rule.members)) {
      const here = `${where}.${name}`
      t.not(member.description, '', here)
      if (member.default !== undefined) {
        t.equal(checkSetting(member.default, member.rule).type, 'valid', `default of ${here}`)
        t.equal(findUnsupported({ [name]: member.default }, rule), undefined, `default of ${here}`)
      }
      if (member.only) t.equal(checkSetting(member.only.value, member.rule).type, 'valid', here)
      visit(member.rule, here)
    }
  }
  visit(CONFIGURATION_MAPPING_RULE, 'Mapping')
  visit(FUNCTION_RULE, 'Function')
  visit(STREAM_RULE, 'Stream')
  visit(ENGINE_RULE, 'Engine')
  t.end()
})

t.test('what only a configuration may say is unknown to the API', (t) => {
  const own = ['Stream', 'Table', 'RetryBackoff', 'KmsKeyArn']
  for (const name of own) {
    t.notOk(Object.hasOwn(API_MAPPING_RULE.members, name), name)
    t.ok(Object.hasOwn(CONFIGURATION_MAPPING_RULE.members, name), name)
  }
  t.end()
})
