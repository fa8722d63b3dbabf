import { createHash } from 'node:crypto'
import type { MappingUuid, StreamArn } from '../core/ids.ts'
import { unreachable } from '../core/invariant.ts'
import type { MappingSettings, StreamReference } from '../core/mapping/settings.ts'

/** Millrace's own name space. Changing it would lose every position of every configured mapping. */
const NAMESPACE = Buffer.from('6f0f7c3a1d5b4c8e9a4762f5b1e0d9c3', 'hex')

/**
 * UUID of a mapping of the configuration: version 5 of stream and function, so it is the same at every start.
 *
 * @param functionReference Name of the function, with its qualifier where one was given: `fn`, `fn:$LATEST`.
 * @source D32
 */
export function mappingUuid(stream: StreamReference, functionReference: string): MappingUuid {
  // A JSON list keeps the parts apart, whatever characters they hold.
  const name = JSON.stringify([stream.type, streamText(stream), functionReference])
  return nameUuid(name)
}

/** Under which a redrive stores its positions in one stream; version 5 as well, so that it is the same after a crash. */
export function redriveUuid(mapping: MappingUuid, task: string, streamArn: StreamArn): MappingUuid {
  return nameUuid(JSON.stringify(['redrive', mapping, task, streamArn]))
}

function nameUuid(name: string): MappingUuid {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ]
  return parts.join('-') as MappingUuid
}

/** The UUID of a mapping of the configuration. @source D32 */
export function configuredMappingUuid(
  mapping: Pick<MappingSettings, 'source' | 'functionName' | 'functionQualifier'>,
): MappingUuid {
  const { source, functionName, functionQualifier } = mapping
  const qualifier = functionQualifier === undefined ? '' : `:${functionQualifier}`
  return mappingUuid(source, `${functionName}${qualifier}`)
}

function streamText(stream: StreamReference): string {
  switch (stream.type) {
    case 'embedded':
    case 'table':
      return stream.name
    case 'arn':
      return stream.arn
    default:
      return unreachable(stream)
  }
}
