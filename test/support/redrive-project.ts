import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { millraceHere } from './millrace-here.ts'
import { orderLines, ordersProject, throwsOn } from './orders-project.ts'

const MAPPING = { MaximumRetryAttempts: 0, BatchSize: 1 }
/** A handler that takes everything. */
export const SOUND = 'export async function handler() {}'

/** A project with failed batches of these keys, one each. @returns its folder. */
export async function withFailed(t: Test, ...keys: readonly string[]): Promise<string> {
  const cwd = ordersProject(t, { handler: throwsOn(...keys), mapping: MAPPING })
  await millraceHere(['put', 'orders'], cwd, { input: orderLines(6) })
  await millraceHere(['run'], cwd)
  return cwd
}

export const setHandler = (cwd: string, text: string) =>
  writeFileSync(join(cwd, 'code', 'on-order.mjs'), text)

type Listed = {
  readonly failed: readonly { readonly id: string; readonly state: string }[]
  readonly redrives: readonly { readonly id: string; readonly state: string }[]
}
export const listed = async (cwd: string, ...flags: readonly string[]) =>
  JSON.parse((await millraceHere(['failed', 'list', '--json', ...flags], cwd)).stdout) as Listed
