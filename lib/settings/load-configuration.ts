import { readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { MillraceError } from '../core/errors.ts'
import { CONFIGURATION_BYTES_MAX } from '../core/limits.ts'
import type { EngineConfiguration } from '../core/mapping/settings.ts'
import { readDocument } from './configuration-document.ts'
import { toEngineConfiguration } from './engine-configuration.ts'
import { type Environment, withEnvironment } from './environment.ts'
import { Origins } from './origin.ts'
import {
  type ProcessFlags,
  type ProcessOrigins,
  type ProcessSettings,
  resolveProcessSettings,
} from './process-settings.ts'

/** Names that are looked for in the working directory, in this order. */
export const CONFIGURATION_FILES = ['millrace.yaml', 'millrace.yml', 'millrace.json'] as const

const DATA_DIRECTORY = '.millrace'

export type LoadRequest = {
  readonly workingDirectory: string
  readonly environment: Environment
  /** `config` is a path, relative to the working directory. */
  readonly flags: ProcessFlags & { readonly config?: string | undefined }
  /** When no file is named and none is found: refuse, or start empty as `start` does (contract §2). */
  readonly whenMissing: 'refuse' | 'empty'
}

export type LoadedConfiguration = {
  readonly configuration: EngineConfiguration
  readonly process: ProcessSettings
  readonly processOrigins: ProcessOrigins
  /** Absolute path of the file, where there is one. */
  readonly file?: string
  /** What the file and the environment say, before defaults. */
  readonly given: unknown
  readonly origins: Origins
}

/**
 * Flag, then environment, then file, then default. Starts and creates nothing.
 *
 * @throws MillraceError MILLRACE_CONFIG_UNREADABLE, MILLRACE_CONFIG_MALFORMED, MILLRACE_SETTING_INVALID,
 *   MILLRACE_SETTING_UNKNOWN, MILLRACE_SETTING_REFUSED, MILLRACE_MAPPING_REFUSED
 * @source contract §2, §3
 */
export async function loadConfiguration(request: LoadRequest): Promise<LoadedConfiguration> {
  const { workingDirectory, environment, flags } = request
  const { settings, origins: processOrigins } = resolveProcessSettings(flags, environment)
  const found = await findFile(request)
  const baseDirectory = found ? dirname(found.file) : resolve(workingDirectory)
  const document = found
    ? readDocument(found.text, shownPath(found.file, workingDirectory))
    : { value: {}, origins: new Origins() }
  const given = withEnvironment(document.value, environment, document.origins)
  const configuration = toEngineConfiguration({
    value: given,
    origins: document.origins,
    baseDirectory,
    dataDirectory:
      settings.data === undefined
        ? join(baseDirectory, DATA_DIRECTORY)
        : resolve(workingDirectory, settings.data),
  })
  return {
    configuration,
    process: settings,
    processOrigins,
    given,
    origins: document.origins,
    ...(found ? { file: found.file } : {}),
  }
}

type FoundFile = { readonly file: string; readonly text: string }

async function findFile(request: LoadRequest): Promise<FoundFile | undefined> {
  const { workingDirectory, flags, whenMissing } = request
  if (flags.config !== undefined) {
    const file = resolve(workingDirectory, flags.config)
    return { file, text: await readText(file, flags.config) }
  }
  for (const name of CONFIGURATION_FILES) {
    const file = resolve(workingDirectory, name)
    try {
      return { file, text: await readText(file, name) }
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  if (whenMissing === 'empty') return undefined
  throw MillraceError.of('MILLRACE_CONFIG_UNREADABLE', {
    file: CONFIGURATION_FILES[0],
    reason: `there is no ${CONFIGURATION_FILES.join(', ')} in ${workingDirectory}`,
  })
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof MillraceError ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}

async function readText(file: string, shown: string): Promise<string> {
  try {
    const bytes = await readFile(file)
    if (bytes.length > CONFIGURATION_BYTES_MAX) {
      throw new Error(`it has ${bytes.length} bytes; ${CONFIGURATION_BYTES_MAX} are allowed`)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw MillraceError.of(
      'MILLRACE_CONFIG_UNREADABLE',
      { file: shown, reason: readFailure(error) },
      error,
    )
  }
}

function readFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!('code' in error)) return error.message
  switch (error.code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EISDIR':
      return 'it is a directory'
    case 'EACCES':
      return 'permission denied'
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'it is not UTF-8'
    default:
      return error.message
  }
}

/** Relative where that is shorter to read: as the user would type it. */
function shownPath(file: string, workingDirectory: string): string {
  const path = relative(workingDirectory, file)
  return path.startsWith('..') ? file : path || basename(file)
}
